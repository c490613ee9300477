"""Stars and pins, which WAHA tells nobody of: only our own word brings them."""

from dataclasses import dataclass
from datetime import datetime

from waha.gateway.payloads.envelope import Envelope
from waha.gateway.payloads.errors import PayloadError
from waha.gateway.payloads.fields import JsonObject, as_flag, as_moment, as_name
from waha.gateway.payloads.ids import MessageId, parse_message_id

KINDS = ("star", "pin")


@dataclass(frozen=True, slots=True)
class Mark:
    """A star or pin put on a message or taken away; `until` is when a pin runs out."""

    envelope: Envelope
    target: MessageId
    kind: str
    is_set: bool
    until: datetime | None
    at: datetime


def parse_mark(envelope: Envelope, payload: JsonObject) -> Mark:
    """Read a mark. Raises PayloadError for one of no kind we know or on no message."""
    kind = as_name(payload.get("kind"))
    if kind not in KINDS:
        raise PayloadError("The mark is neither a star nor a pin.")
    return Mark(
        envelope=envelope,
        target=parse_message_id(payload.get("messageId")),
        kind=kind,
        is_set=as_flag(payload.get("isSet")),
        until=as_moment(payload.get("until")),
        at=envelope.at,
    )
