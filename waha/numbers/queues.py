"""The queue of a number: what is on its way, paused, cancelled, and how fast it goes."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.http import AuthedRequest, is_fragment
from waha.models import Level, WahaOutbox, WahaScheduled
from waha.numbers import scope, waiting
from waha.numbers.forms import PaceForm
from waha.outbound import outbox, pacing, scheduled
from waha.outbound.refusals import MessageRefused


@require_GET
def queue(request: AuthedRequest, pk: int) -> HttpResponse:
    """What a number has on its way; htmx gets it anew every few seconds."""
    return _page(request, pk)


@require_POST
def queue_pause(request: AuthedRequest, pk: int) -> HttpResponse:
    """Let nothing more go out until somebody lets it go on."""
    pacing.pause(session=scope.managed(request.user, pk), by=request.user)
    return redirect("numbers:queue", pk)


@require_POST
def queue_go_on(request: AuthedRequest, pk: int) -> HttpResponse:
    """End the pause."""
    pacing.go_on(session=scope.managed(request.user, pk), by=request.user)
    return redirect("numbers:queue", pk)


@require_POST
def queue_pace(request: AuthedRequest, pk: int) -> HttpResponse:
    """Change how fast a number sends."""
    session = scope.managed(request.user, pk)
    form = PaceForm(request.POST)
    if not form.is_valid():
        return _page(request, pk, form)
    pacing.set_pace(session=session, by=request.user, **form.values)
    messages.success(request, _("Saved. It counts from the next message on."))
    return redirect("numbers:queue", pk)


@require_POST
def queue_cancel(request: AuthedRequest, pk: int, send: int) -> HttpResponse:
    """Take a message that still waits out of the queue, and out of its chat."""
    _may_reply(request, pk)
    sends = WahaOutbox.objects.visible_to(request.user, Level.REPLY).select_related("message")
    row = get_object_or_404(sends, pk=send, session_id=pk)
    try:
        outbox.discard(message=row.message, by=request.user)
    except MessageRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("numbers:queue", pk)


@require_POST
def planned_cancel(request: AuthedRequest, pk: int, planned: int) -> HttpResponse:
    """Call a message for later off."""
    _may_reply(request, pk)
    rows = WahaScheduled.objects.visible_to(request.user, Level.REPLY).select_related("chat")
    try:
        row = get_object_or_404(rows, pk=planned, session_id=pk)
        scheduled.cancel(planned=row, by=request.user)
    except MessageRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("numbers:queue", pk)


def _may_reply(request: AuthedRequest, pk: int) -> None:
    """Raises Http404, or PermissionDenied where the user may only look."""
    session = scope.visible(request.user, pk)
    if (session.level_of(request.user) or Level.VIEW) < Level.REPLY:
        raise PermissionDenied(
            _("You may read this number but not answer on it. Ask who manages it.")
        )


def _page(request: AuthedRequest, pk: int, form: PaceForm | None = None) -> HttpResponse:
    session = scope.visible(request.user, pk)
    after = request.GET.get("after", "")
    # No key has more digits, and Python refuses to read thousands of them.
    start = int(after) if after.isdecimal() and len(after) < 19 else 0
    found = waiting.queue(request.user, session, start)
    context = {"session": session, "queue": found}
    if is_fragment(request):
        return render(request, "waha/numbers/_queue.html", context)
    if found.may_manage:
        context["form"] = form or PaceForm.of(found.pace)
    return render(request, "waha/numbers/queue.html", context)
