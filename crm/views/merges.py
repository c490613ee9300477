"""Merging duplicates, and taking them apart again."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.http import AuthedRequest
from crm import cards, merges, scope
from crm.kinds import Kind
from crm.merges import MergeRefused


@require_http_methods(["GET", "POST"])
def record_merge(request: AuthedRequest, kind: Kind, pk: int, other_pk: int) -> HttpResponse:
    """Show two records side by side; sent back, the second becomes part of the first."""
    keep = scope.visible(request.user, kind, pk)
    other = scope.changeable(request.user, kind, other_pk)
    if request.method == "POST":
        try:
            merges.merge(keep=keep, other=other, by=request.user)
        except MergeRefused as refusal:
            messages.error(request, str(refusal))
        return redirect(keep)  # whose page says so, with the way back
    both = [cards.card(record, request.user) for record in (keep, other)]
    context = {"kind": kind, "keep": both[0], "other": both[1]}
    return render(request, "crm/merge.html", context)


@require_POST
def record_unmerge(request: AuthedRequest, kind: Kind, pk: int, merge_pk: int) -> HttpResponse:
    """Undo a merge."""
    keep = scope.changeable(request.user, kind, pk)
    done = next((each for each in merges.of(keep) if each.pk == merge_pk), None)
    if done is None:
        raise Http404
    try:
        merges.undo(done, by=request.user)
        messages.success(request, _("Undone: they are two again."))
    except MergeRefused as refusal:
        messages.error(request, str(refusal))
    return redirect(keep)
