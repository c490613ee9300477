"""WAHA's JSON as frozen dataclasses. Pure: no database, no network, no clock but the default."""

from waha.gateway.payloads.changes import Ack, AckLevel, Edit, PollVote, Reaction, Revoke
from waha.gateway.payloads.content import MEDIA_KINDS, MessageKind
from waha.gateway.payloads.decoding import decode
from waha.gateway.payloads.envelope import Envelope, Me, parse_envelope, parse_me
from waha.gateway.payloads.errors import PayloadError
from waha.gateway.payloads.events import (
    IMPORTED,
    MARKED,
    PAIRED,
    RECONCILED,
    Event,
    message_from_rest,
    parse,
)
from waha.gateway.payloads.fields import JsonObject
from waha.gateway.payloads.ids import (
    ChatKind,
    MessageId,
    chat_kind,
    is_lid,
    is_phone,
    loose_raw_id,
    normalise,
    parse_message_id,
    phone_digits,
    preferred,
)
from waha.gateway.payloads.marks import Mark
from waha.gateway.payloads.messages import IncomingMessage, Location, Media, Poll, Quote
from waha.gateway.payloads.surroundings import (
    Archive,
    Call,
    CallKind,
    GroupChange,
    GroupEvent,
    Identity,
    LabelEvent,
    Member,
    Presence,
    SessionStatus,
    Unknown,
)
from waha.gateway.payloads.text import clean, cut
from waha.gateway.payloads.vcards import Card, CardPhone

__all__ = [
    "IMPORTED",
    "MARKED",
    "MEDIA_KINDS",
    "PAIRED",
    "RECONCILED",
    "Ack",
    "AckLevel",
    "Archive",
    "Call",
    "CallKind",
    "Card",
    "CardPhone",
    "ChatKind",
    "Edit",
    "Envelope",
    "Event",
    "GroupChange",
    "GroupEvent",
    "Identity",
    "IncomingMessage",
    "JsonObject",
    "LabelEvent",
    "Location",
    "Mark",
    "Me",
    "Media",
    "Member",
    "MessageId",
    "MessageKind",
    "PayloadError",
    "Poll",
    "PollVote",
    "Presence",
    "Quote",
    "Reaction",
    "Revoke",
    "SessionStatus",
    "Unknown",
    "chat_kind",
    "clean",
    "cut",
    "decode",
    "is_lid",
    "is_phone",
    "loose_raw_id",
    "message_from_rest",
    "normalise",
    "parse",
    "parse_envelope",
    "parse_me",
    "parse_message_id",
    "phone_digits",
    "preferred",
]
