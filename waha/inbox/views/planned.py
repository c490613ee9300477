"""Messages for later: those of a chat, and calling one off."""

from django.contrib import messages as notices
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.http import AuthedRequest, is_fragment
from mercury.ui import phones
from waha.inbox import scope
from waha.models import Level, WahaChat, WahaScheduled
from waha.outbound import scheduled
from waha.outbound.refusals import MessageRefused

MOST = 20


@require_GET
def planned_list(request: AuthedRequest, chat_id: int) -> HttpResponse:
    """What is planned in a chat, above its composer."""
    return _list(request, scope.chat(request.user, chat_id))


@require_POST
def planned_cancel(request: AuthedRequest, chat_id: int, planned: int) -> HttpResponse:
    """Call one off: htmx gets the list as it is then."""
    chat = scope.chat(request.user, chat_id, Level.REPLY)
    rows = WahaScheduled.objects.visible_to(request.user).select_related("chat")
    error = ""
    try:
        row = get_object_or_404(rows, pk=planned, chat_id=chat.pk)
        scheduled.cancel(planned=row, by=request.user)
    except MessageRefused as refusal:
        error = str(refusal)
    if is_fragment(request):
        return _list(request, chat, error)
    if error:
        notices.error(request, error)
    return redirect(chat)


def _list(request: AuthedRequest, chat: WahaChat, error: str = "") -> HttpResponse:
    rows = (
        WahaScheduled.objects.visible_to(request.user)
        .waiting()
        .filter(chat_id=chat.pk)
        .select_related("created_by")
        .order_by("send_at", "pk")[:MOST]
    )
    may_cancel = (chat.session.level_of(request.user) or Level.VIEW) >= Level.REPLY
    planned = [(row, phones.text(row.line)) for row in rows]
    context = {"planned": planned, "chat": chat, "may_cancel": may_cancel, "error": error}
    return render(request, "waha/inbox/_planned.html", context)
