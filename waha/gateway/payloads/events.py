"""From a decoded webhook body to one event."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from waha.gateway.payloads.changes import (
    Ack,
    Edit,
    PollVote,
    Reaction,
    Revoke,
    parse_ack,
    parse_edit,
    parse_poll_vote,
    parse_reaction,
    parse_revoke,
)
from waha.gateway.payloads.envelope import Envelope, Me, parse_envelope
from waha.gateway.payloads.errors import PayloadError
from waha.gateway.payloads.fields import JsonObject
from waha.gateway.payloads.marks import Mark, parse_mark
from waha.gateway.payloads.messages import IncomingMessage, parse_message
from waha.gateway.payloads.surroundings import (
    Archive,
    Call,
    GroupChange,
    Identity,
    LabelEvent,
    Presence,
    SessionStatus,
    Unknown,
    parse_archive,
    parse_call,
    parse_group,
    parse_identity,
    parse_label,
    parse_presence,
    parse_session_status,
)

Event = (
    IncomingMessage
    | Ack
    | Edit
    | Revoke
    | Reaction
    | PollVote
    | Mark
    | SessionStatus
    | Call
    | GroupChange
    | LabelEvent
    | Presence
    | Archive
    | Identity
    | Unknown
)

# What we read over REST goes into the same journal under names of our own.
RECONCILED = "sync.message"
IMPORTED = "import.message"
PAIRED = "sync.identity"
# What we did ourselves and WAHA has no event for.
MARKED = "own.mark"

PARSERS: Mapping[str, Callable[[Envelope, JsonObject], Event]] = {
    "message": parse_message,
    "message.any": parse_message,
    "message.waiting": parse_message,
    "message.ack": parse_ack,
    "message.ack.group": parse_ack,
    "message.edited": parse_edit,
    "message.revoked": parse_revoke,
    "message.reaction": parse_reaction,
    "poll.vote": parse_poll_vote,
    "poll.vote.failed": parse_poll_vote,
    RECONCILED: parse_message,
    IMPORTED: parse_message,
    MARKED: parse_mark,
    PAIRED: parse_identity,
    "session.status": parse_session_status,
    "call.received": parse_call,
    "call.accepted": parse_call,
    "call.rejected": parse_call,
    "group.v2.join": parse_group,
    "group.v2.leave": parse_group,
    "group.v2.update": parse_group,
    "group.v2.participants": parse_group,
    "label.upsert": parse_label,
    "label.deleted": parse_label,
    "label.chat.added": parse_label,
    "label.chat.deleted": parse_label,
    "presence.update": parse_presence,
    "chat.archive": parse_archive,
}


def parse(body: JsonObject, *, received_at: datetime | None = None) -> Event:
    """Return the event in a webhook body; one we do not know becomes Unknown.

    Odd fields are read as missing. Raises PayloadError for what cannot be applied at all.
    """
    envelope = parse_envelope(body, received_at=received_at)
    parser = PARSERS.get(envelope.event)
    if parser is None:
        return Unknown(envelope, envelope.event)
    payload = body.get("payload")
    if not isinstance(payload, dict):
        raise PayloadError("The event has no payload.")
    return parser(envelope, payload)


def message_from_rest(
    session: str,
    message: JsonObject,
    *,
    engine: str = "",
    me: Me | None = None,
    received_at: datetime | None = None,
) -> IncomingMessage:
    """Return a message read over REST as the same event a webhook would bring."""
    now = received_at or datetime.now(UTC)
    envelope = Envelope(
        id="",
        event="message.any",
        session=session,
        engine=engine,
        timestamp_ms=int(now.timestamp() * 1000),
        at=now,
        now=now,
        me=me,
    )
    return parse_message(envelope, message)
