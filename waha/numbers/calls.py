"""The log of calls, and the work list of those to call back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.http import AuthedRequest, is_fragment
from accounts.models import User
from mercury.db import keyset
from mercury.ui import phones
from waha import callbacks
from waha.models import Level, WahaCall, WahaSession
from waha.models.sharing import levels
from waha.numbers.call_filters import CallFilters
from waha.outbound import chats
from waha.outbound.refusals import ChatRefused

PAGE = 50
COUNTED = 100  # more than that is shown as 99+


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call as the list shows it; `state` is a CallState."""

    pk: int
    state: str
    is_video: bool
    is_group: bool
    at: datetime
    seconds: float | None
    number: str
    name: str
    phone: str
    chat_url: str
    may_write: bool
    hue_key: int
    handled_by: str
    handled_at: datetime | None
    is_waiting: bool
    may_handle: bool


@require_GET
def call_list(request: AuthedRequest) -> HttpResponse:
    """Calls of visible numbers, newest first; htmx gets the list, or the next page of rows."""
    filters = CallFilters.parse(request.GET)
    visible = WahaCall.objects.visible_to(request.user)
    cursor = keyset.Cursor.parse(request.GET.get("before", ""))
    related = visible.select_related("session", "chat", "handled_by")
    page = keyset.page(filters.apply(related), "started_at", cursor, PAGE)
    calls = [_row(call, request.user) for call in page.rows]
    context: dict[str, Any] = {"calls": calls, "next": page.next, "filters": filters}
    if cursor is not None and is_fragment(request):
        return render(request, "waha/numbers/_call_rows.html", context)
    context["waiting"] = filters.within(visible).to_call_back()[:COUNTED].count()
    context["numbers"] = WahaSession.objects.visible_to(request.user).order_by("title", "name")
    fragment, whole = "waha/numbers/_call_list.html", "waha/numbers/calls.html"
    return render(request, fragment if is_fragment(request) else whole, context)


@require_POST
def call_done(request: AuthedRequest, pk: int) -> HttpResponse:
    """Mark a call, and those before it of the same caller, as called back."""
    call = _answerable(request.user, pk)
    marked = callbacks.mark_called_back(call=call, by=request.user)
    done = ngettext("Marked as called back.", "%(n)s calls marked as called back.", marked)
    messages.success(request, done % {"n": marked} if marked else _("A colleague was faster."))
    return _back(request)


@require_POST
def call_reopen(request: AuthedRequest, pk: int) -> HttpResponse:
    """Put a call back on the list of those to call back."""
    callbacks.reopen(call=_answerable(request.user, pk), by=request.user)
    messages.success(request, _("The call is to be called back again."))
    return _back(request)


@require_POST
def call_write(request: AuthedRequest, pk: int) -> HttpResponse:
    """Open a chat with a caller who never wrote."""
    call = _answerable(request.user, pk)
    if call.chat is not None:
        return redirect(call.chat)
    phone = caller_phone(call)
    try:
        if not phone:
            raise ChatRefused(_("WhatsApp did not tell this caller's phone number."))
        chat = chats.start_chat(session=call.session, phone_or_contact=f"+{phone}", by=request.user)
    except ChatRefused as refusal:
        messages.error(request, str(refusal))
        return _back(request)
    callbacks.found_chat(call=call, chat=chat)
    return redirect(chat)


def caller_phone(call: WahaCall) -> str:
    """The caller's phone in digits; "" for groups, LIDs and callers WAHA did not name."""
    return call.from_id.split("@")[0] if call.from_id.endswith("@c.us") else ""


def _answerable(user: User, pk: int) -> WahaCall:
    call = get_object_or_404(
        WahaCall.objects.visible_to(user).select_related("session", "chat"), pk=pk
    )
    if levels(user)[call.session_id] < Level.REPLY:
        raise PermissionDenied(
            _("You may read this number but not answer on it. Ask who manages it.")
        )
    return call


def _back(request: AuthedRequest) -> HttpResponse:
    query = CallFilters.parse(request.POST).query
    return redirect(reverse("calls:list") + (f"?{query}" if query else ""))


def _row(call: WahaCall, user: User) -> CallRow:
    phone = caller_phone(call)
    may_reply = levels(user).get(call.session_id, 0) >= Level.REPLY
    return CallRow(
        pk=call.pk,
        state=call.state,
        is_video=call.is_video,
        is_group=call.is_group,
        at=call.started_at,
        seconds=call.seconds,
        number=phones.name(str(call.session)),
        name=phones.name(str(call.chat)) if call.chat else phones.phone(phone) if phone else "",
        phone=phones.phone(phone) if phone else "",
        chat_url=call.get_absolute_url() if call.chat else "",
        may_write=bool(phone) and call.chat is None and may_reply,
        hue_key=call.chat_id or call.pk,
        handled_by=call.handled_by.name if call.handled_by else "",
        handled_at=call.handled_at,
        is_waiting=call.is_unanswered and call.handled_at is None,
        may_handle=may_reply and call.is_unanswered,
    )
