"""Walking a number's history on WAHA: which chats are to be read."""

from collections.abc import Iterator
from datetime import datetime

from waha.gateway.answers import ChatOverview
from waha.gateway.client import Refused, WahaClient
from waha.gateway.payloads import ChatKind, chat_kind, normalise
from waha.hookup import ignored
from waha.models import Engine, SyncKind, WahaSession, WahaSync

EVERY_CHAT = "all"
# These read across chats in one go; the others refuse it.
ACROSS = {Engine.NOWEB, Engine.GOWS}
LISTED = 100
MOST_CHATS = 5000


def chats_to_read(client: WahaClient, row: WahaSync, since: datetime) -> list[str]:
    """Return the chats with something since then, the liveliest first.

    What was missed is read across all chats where the engine can, which is one or two requests;
    older chats one by one, so that people see how far it has got. An empty list of chats means
    little: NOWEB has messages of chats it does not list.
    """
    session = row.session
    if row.kind == SyncKind.RECONCILE and session.server.engine in ACROSS:
        return [EVERY_CHAT]
    found = [
        chat.id
        for chat in _overview(client, session.waha_name)
        if chat.id and is_wanted(session, chat.id) and _speaks_since(chat, since)
    ]
    if not found and session.server.engine in ACROSS:
        return [EVERY_CHAT]
    return found


def is_wanted(session: WahaSession, address: str) -> bool:
    """Whether a chat of this address would come in live, too."""
    left_out = ignored(session)
    kind = chat_kind(normalise(address) or address)
    if kind is ChatKind.STATUS:
        return not left_out["status"]
    if kind is ChatKind.CHANNEL:
        return not left_out["channels"]
    if kind is ChatKind.GROUP:
        return not left_out["groups"]
    return not (address.endswith("@broadcast") and left_out["broadcast"])


def can_split(row: WahaSync, refusal: Refused) -> bool:
    """Whether to go chat by chat where reading across them was refused."""
    return row.chats == [EVERY_CHAT] and refusal.code not in {"state", "key", "forbidden"}


def split(client: WahaClient, row: WahaSync, since: datetime) -> list[str]:
    """Return the chats one by one."""
    return [
        chat.id
        for chat in _overview(client, row.session.waha_name)
        if chat.id and is_wanted(row.session, chat.id) and _speaks_since(chat, since)
    ]


def _overview(client: WahaClient, name: str) -> Iterator[ChatOverview]:
    for offset in range(0, MOST_CHATS, LISTED):
        page = client.chats_overview(name, limit=LISTED, offset=offset)
        if not page:
            return
        yield from page


def _speaks_since(chat: ChatOverview, since: datetime) -> bool:
    at = (chat.last_message or {}).get("timestamp")
    return not isinstance(at, int | float) or at >= since.timestamp()
