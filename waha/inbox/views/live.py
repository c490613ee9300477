"""What keeps open pages true: pieces that changed, the stream's token, the poll.

Nearly all of it reads the primary: a page that has just heard of a change must find it.
"""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.http import AuthedRequest
from mercury.db.consistency import on_primary
from mercury.db.keyset import Cursor
from waha.inbox import events, numbers, pages, tokens
from waha.inbox.cursors import LiveCursor
from waha.inbox.filters import Filters

MOST_IDS = 200


@require_GET
@on_primary()
def live(request: AuthedRequest) -> HttpResponse:
    """The pieces of the page that changed, each to be put in its place."""
    opened = ids(request.GET.get("open", ""))
    context = pages.live(
        request.user,
        Filters.parse(request.GET),
        chats=ids(request.GET.get("chats", "")),
        open_chat=min(opened, default=None),
        after=Cursor.parse(request.GET.get("after", "")),
        changed=ids(request.GET.get("messages", "")),
        calls=ids(request.GET.get("calls", "")),
    )
    return render(request, "waha/inbox/_live.html", context)


@require_GET
def marks(request: AuthedRequest) -> HttpResponse:
    """The dots on the rail, for pages beside the inbox."""
    read = numbers.read(request.user)
    context = {"unread_total": read.unread_total, "in_trouble": read.in_trouble}
    return render(request, "waha/inbox/_marks.html", context)


@require_GET
@on_primary()
def token(request: AuthedRequest) -> JsonResponse:
    """A token for the stream; `url` is empty where there is none and the page polls."""
    cursor = numbers.read(request.user, counted=False).live_cursor
    issued = tokens.issue(request.user)
    return JsonResponse(
        {
            "token": issued or "",
            "url": "/events/" if issued else "",
            "cursor": str(cursor),
            "expires_in": tokens.LIFETIME,
        }
    )


@require_GET
@on_primary()
def poll(request: AuthedRequest) -> JsonResponse:
    """What changed since a cursor, for pages without the stream."""
    cursor = LiveCursor.parse(request.GET.get("after", ""))
    if cursor is None:
        fresh = numbers.read(request.user, counted=False).live_cursor
        return JsonResponse({"events": [], "cursor": str(fresh), "reset": True})
    return JsonResponse(events.since(request.user, cursor))


def ids(text: str) -> set[int]:
    """The numbers of a comma-separated list; what is no number is left out."""
    parts = text.split(",")[:MOST_IDS]
    return {int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 20}
