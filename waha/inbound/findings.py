"""What of a page of history we lack, put into the journal as if it had just come."""

import json
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from waha.gateway.answers import Json
from waha.gateway.payloads import (
    IMPORTED,
    RECONCILED,
    IncomingMessage,
    Me,
    MessageKind,
    PayloadError,
    message_from_rest,
)
from waha.inbound import forgotten, journal
from waha.inbound.apply.rows import status_of
from waha.inbound.history import is_wanted
from waha.models import MessageType, SyncKind, WahaMessage, WahaMessageKey, WahaSession, WahaSync
from waha.models.message import STATUS_RANK

logger = logging.getLogger(__name__)
MILLISECONDS = 1000

Key = tuple[bool, str]


@dataclass(frozen=True, slots=True)
class Findings:
    """How much of a page was new, and the times that matter of it."""

    new: int
    oldest_at: datetime | None
    newest_new_at: datetime | None


def take(row: WahaSync, page: Sequence[Json]) -> Findings:
    """Put what we lack of a page into the journal: some four queries.

    That is messages we have no key of, ticks of ours that are higher by now, and content that
    could not be read when it came; nothing of people who were erased since. Taking the same page
    again adds nothing.
    """
    session = row.session
    read = _parse(session, page)
    known = _known({message.raw_id for _json, message in read}, session.pk)
    gone = forgotten.positions([message for _json, message in read])
    new, changed = [], []
    for index, (place, (body, message)) in enumerate(_in_second(read)):
        if index in gone:
            continue
        key = (message.from_me, message.raw_id)
        identity = f"{int(message.from_me)}:{message.raw_id}"
        if key not in known:
            new.append((identity, _envelope(row, body, message, place), message.at))
        elif suffix := _gain(known[key], message):
            changed.append((f"{identity}:{suffix}", _envelope(row, body, message, place)))
    event = IMPORTED if row.kind == SyncKind.IMPORT else RECONCILED
    added = journal.add_many(session.pk, event, [(name, body) for name, body, _at in new])
    journal.add_many(session.pk, event, changed)
    return Findings(
        new=added,
        oldest_at=min((message.at for _json, message in read), default=None),
        newest_new_at=max((at for _name, _body, at in new), default=None) if added else None,
    )


def _parse(session: WahaSession, page: Sequence[Json]) -> list[tuple[Json, IncomingMessage]]:
    """Parse what would come in live, too; what cannot be read is left where it is."""
    me = Me(session.me_id, "", "") if session.me_id else None
    read = []
    for body in page:
        try:
            message = message_from_rest(session.waha_name, body, engine=_engine(session), me=me)
        except PayloadError as error:
            logger.warning("session %s: a message of its history: %s", session.pk, error)
            continue
        if is_wanted(session, message.chat):
            read.append((body, message))
    return read


def _in_second(
    read: Sequence[tuple[Json, IncomingMessage]],
) -> list[tuple[int, tuple[Json, IncomingMessage]]]:
    """Number the messages of each second: WhatsApp's times have no finer order."""
    seen: Counter[datetime] = Counter()
    numbered = []
    for each in read:
        at = each[1].at
        numbered.append((min(seen[at], MILLISECONDS - 1), each))
        seen[at] += 1
    return numbered


def _envelope(row: WahaSync, body: Json, message: IncomingMessage, place: int) -> bytes:
    """Write the body a webhook would have had, dated by the message so that it sorts in."""
    session = row.session
    envelope: Json = {
        "id": f"{row.kind}:{message.raw_id}",
        "timestamp": int(message.at.timestamp()) * MILLISECONDS + place,
        "event": IMPORTED if row.kind == SyncKind.IMPORT else RECONCILED,
        "session": session.waha_name,
        "me": {"id": session.me_id} if session.me_id else None,
        "payload": body,
        "engine": _engine(session),
    }
    return json.dumps(envelope, separators=(",", ":")).encode()


def _engine(session: WahaSession) -> str:
    return str(session.server.engine)


def _known(raw_ids: set[str], session_id: int) -> dict[Key, tuple[str, bool]]:
    """Return what we have: the status of each, and whether it could not be read yet."""
    keys = WahaMessageKey.objects.filter(
        session_id=session_id, from_me__in=(False, True), message_id__in=raw_ids
    ).values_list("from_me", "message_id", "message_pk", "created_at")
    places = {(from_me, raw): (pk, at) for from_me, raw, pk, at in keys}
    if not places:
        return {}
    times = [at for _pk, at in places.values()]
    rows = WahaMessage.objects.filter(
        pk__in=[pk for pk, _at in places.values()], created_at__range=(min(times), max(times))
    ).values_list("pk", "status", "type", "content")
    found = {
        pk: (status, kind == MessageType.UNSUPPORTED and not content)
        for pk, status, kind, content in rows
    }
    # One that is in the archive or was deleted for good is known, and nothing is to be added.
    return {key: found.get(pk, ("", False)) for key, (pk, _at) in places.items()}


def _gain(known: tuple[str, bool], message: IncomingMessage) -> str:
    """Name what WAHA's copy has and ours lacks, "" for nothing."""
    status, unreadable = known
    if unreadable and message.kind is not MessageKind.UNSUPPORTED:
        return "content"
    higher = status_of(message)
    if message.from_me and status and STATUS_RANK[higher] > STATUS_RANK[status]:
        return str(higher)
    return ""
