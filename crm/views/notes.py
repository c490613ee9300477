"""Notes on a record."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.http import AuthedRequest, is_fragment
from crm import own_sections, records, scope
from crm.forms import NoteForm
from crm.kinds import Kind
from crm.models import Note, Record


@require_POST
def note_add(request: AuthedRequest, kind: Kind, pk: int) -> HttpResponse:
    """Write a note; whoever sees the record may. htmx gets the notes."""
    record = scope.visible(request.user, kind, pk)
    form = NoteForm(request.POST)
    if form.is_valid():
        records.add_note(record, text=form.cleaned_data["text"], by=request.user)
    return _notes_again(request, kind, record, form)


@require_POST
def note_delete(request: AuthedRequest, kind: Kind, pk: int, note_pk: int) -> HttpResponse:
    """Delete a note: one's own, or any with the right to change the record."""
    record = scope.visible(request.user, kind, pk)
    note = Note.objects.visible_to(request.user).of(record).filter(pk=note_pk).first()
    if note is None:
        raise Http404
    if note.created_by_id != request.user.pk and not request.user.has_perm(kind.change):
        raise PermissionDenied(_("Only who wrote a note may delete it."))
    records.delete_note(note, record=record, by=request.user)
    return _notes_again(request, kind, record, NoteForm())


def _notes_again(
    request: AuthedRequest, kind: Kind, record: Record, form: NoteForm
) -> HttpResponse:
    if not is_fragment(request) and (form.is_valid() or not form.is_bound):
        return redirect(record)
    context = {"kind": kind, "record": record, "may_change": request.user.has_perm(kind.change)}
    context |= own_sections.notes(request.user, record)
    if form.is_bound and not form.is_valid():
        context["note_form"] = form
    if is_fragment(request):
        return render(request, "crm/_notes.html", context)
    return render(request, "crm/note_form.html", context)
