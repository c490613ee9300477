"""The list of calls."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.http import AuthedRequest, is_fragment
from mercury.db import keyset
from mercury.ui import phones
from waha.models import CallType, WahaCall

PAGE = 50
ICONS = {
    CallType.ACCEPTED: "phone-incoming",
    CallType.REJECTED: "phone-off",
    CallType.RECEIVED: "phone",
}


@require_GET
def call_list(request: AuthedRequest) -> HttpResponse:
    """Calls of visible numbers, newest first; htmx gets the next page of rows."""
    calls = WahaCall.objects.visible_to(request.user).select_related("session", "chat")
    cursor = keyset.Cursor.parse(request.GET.get("before", ""))
    page = keyset.page(calls, "started_at", cursor, PAGE)
    context = {"calls": [_row(call) for call in page.rows], "next": page.next}
    fragment, whole = "waha/numbers/_call_rows.html", "waha/numbers/calls.html"
    return render(request, fragment if is_fragment(request) else whole, context)


def _row(call: WahaCall) -> dict[str, Any]:
    kind = CallType(call.type)
    answered = kind == CallType.ACCEPTED and call.ended_at is not None
    phone = call.from_id.split("@")[0] if call.from_id.endswith("@c.us") else ""
    return {
        "kind": kind.value,
        "label": kind.label,
        "icon": ICONS[kind],
        "is_video": call.is_video,
        "at": call.started_at,
        "seconds": (call.ended_at - call.started_at).total_seconds()
        if answered and call.ended_at
        else None,
        "number": phones.name(str(call.session)),
        "name": phones.name(str(call.chat)) if call.chat else phones.phone(phone) if phone else "",
        "url": call.chat.get_absolute_url() if call.chat else "",
        "key": call.chat_id or call.pk,
    }
