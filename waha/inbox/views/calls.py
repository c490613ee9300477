"""A call in a chat's thread: as it stands now, and who has seen to it."""

from django.contrib import messages as notices
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.http import AuthedRequest, is_fragment
from accounts.models import User
from mercury.db.consistency import on_primary
from waha import callbacks
from waha.inbox import call_entries, pages, scope
from waha.models import Level, WahaCall, WahaChat


@require_GET
@on_primary()  # what rang a moment ago is asked for here
def call_entry(request: AuthedRequest, chat_id: int, call_id: int) -> HttpResponse:
    """One call of the thread; without htmx the chat it is in."""
    chat = scope.chat(request.user, chat_id)
    return _shown(request, chat, _call(request.user, chat, call_id))


@require_POST
def call_done(request: AuthedRequest, chat_id: int, call_id: int) -> HttpResponse:
    """Mark a call, and those before it of the same caller, as called back."""
    chat = scope.chat(request.user, chat_id, Level.REPLY)
    call = _call(request.user, chat, call_id)
    if not callbacks.mark_called_back(call=call, by=request.user):
        notices.info(request, _("A colleague was faster."))
    return _shown(request, chat, call)


@require_POST
def call_reopen(request: AuthedRequest, chat_id: int, call_id: int) -> HttpResponse:
    """Put a call back on the list of those to call back."""
    chat = scope.chat(request.user, chat_id, Level.REPLY)
    call = _call(request.user, chat, call_id)
    callbacks.reopen(call=call, by=request.user)
    return _shown(request, chat, call)


def _call(user: User, chat: WahaChat, call_id: int) -> WahaCall:
    return get_object_or_404(WahaCall.objects.visible_to(user), pk=call_id, chat_id=chat.pk)


def _shown(request: AuthedRequest, chat: WahaChat, call: WahaCall) -> HttpResponse:
    if not is_fragment(request):
        return redirect(call)
    with on_primary():
        opened = pages.one_chat(request.user, chat.pk)
        [row] = call_entries.some(request.user, opened, [call.pk])
    context = {"chat": opened, "call": call_entries.entry(row, opened)}
    return render(request, "waha/inbox/_call.html", context)
