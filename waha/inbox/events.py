"""Updates as browsers are told of them."""

from datetime import timedelta
from typing import Any

from accounts.models import User
from waha.inbox.cursors import LiveCursor, settled_id
from waha.models import UpdateKind, WahaUpdate
from waha.models.sharing import levels

POLL_LIMIT = 500
KEPT = timedelta(hours=1)
"""How old a cursor may be; updates are purged later than that."""

KINDS = {
    UpdateKind.MESSAGE: "message.new",
    UpdateKind.CHANGE: "message.changed",
    UpdateKind.GONE: "message.gone",
    UpdateKind.CHAT: "chat.changed",
    UpdateKind.READ: "read.changed",
    UpdateKind.SESSION: "number.changed",
    UpdateKind.CALL: "call.changed",
    UpdateKind.ACCESS: "access.changed",
}
MESSAGE_KINDS = {UpdateKind.MESSAGE, UpdateKind.CHANGE, UpdateKind.GONE}


def event(update: WahaUpdate) -> dict[str, Any]:
    """Return the JSON a browser gets: pointers only, what they point at it must ask for."""
    told: dict[str, Any] = {
        "id": str(update.pk),
        "kind": KINDS[UpdateKind(update.kind)],
        "session": update.session_id or None,
        "chat": update.chat_id,
        "message": str(update.ref) if update.kind in MESSAGE_KINDS and update.ref else None,
        "from_me": update.from_me,
    }
    if update.incoming:
        told["in"] = True
    if update.kind == UpdateKind.CALL and update.ref:
        told["call"] = str(update.ref)
    return told


def since(user: User, cursor: LiveCursor) -> dict[str, Any]:
    """What `user` may hear of since `cursor`, as the poll answers; at most one query.

    The new cursor stays behind by the overlap, so the events of the last seconds come again and
    again and the page drops those it has: an update that commits late is never missed. `reset`
    tells the page to read everything anew, where that is cheaper or the past is gone.
    """
    if cursor.age > KEPT:
        return _answer([], LiveCursor.now(cursor.update_id), reset=True)
    visible = WahaUpdate.objects.visible_to(user)
    # The settled row comes along whosever it is: a quiet user's cursor moves on too.
    rows = (visible | WahaUpdate.objects.filter(pk=settled_id())).filter(pk__gt=cursor.update_id)
    found = list(rows.annotate(settled=settled_id()).order_by("pk")[: POLL_LIMIT + 1])
    settled: int | None = getattr(found[0], "settled", None) if found else None
    following = LiveCursor.now(max(cursor.update_id, settled or 0))
    if len(found) > POLL_LIMIT:
        return _answer([], following, reset=True)
    mine = [event(row) for row in found if _is_for(user, row)]
    return _answer(mine, following, reset=False)


def _is_for(user: User, update: WahaUpdate) -> bool:
    if update.kind == UpdateKind.ACCESS:
        return update.user_id == user.pk
    return update.session_id in levels(user) and update.user_id in {None, user.pk}


def _answer(events: list[dict[str, Any]], cursor: LiveCursor, *, reset: bool) -> dict[str, Any]:
    return {"events": events, "cursor": str(cursor), "reset": reset}
