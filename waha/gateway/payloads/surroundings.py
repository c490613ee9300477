"""What happens around the messages: the session, calls, groups, labels, presence, archive."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from waha.gateway.payloads.envelope import Envelope
from waha.gateway.payloads.errors import PayloadError
from waha.gateway.payloads.fields import (
    JsonObject,
    as_flag,
    as_list,
    as_moment,
    as_name,
    as_object,
    as_text,
)
from waha.gateway.payloads.ids import alternative, is_lid, normalise, phone_digits
from waha.gateway.payloads.text import cut

MAX_PARTICIPANTS = 2048
"""WhatsApp's own limit is 1024; communities announce more."""


class CallKind(StrEnum):
    """How far a call has come."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class GroupEvent(StrEnum):
    """What changed in a group. `joined` and `left` are ours, the others its members'."""

    JOINED = "joined"
    LEFT = "left"
    UPDATED = "updated"
    MEMBERS_JOINED = "members_joined"
    MEMBERS_LEFT = "members_left"
    MEMBERS_PROMOTED = "members_promoted"
    MEMBERS_DEMOTED = "members_demoted"


@dataclass(frozen=True, slots=True)
class SessionStatus:
    """WAHA's state of the number; `at` orders changes that overtake each other."""

    envelope: Envelope
    status: str
    at: datetime
    data: JsonObject


@dataclass(frozen=True, slots=True)
class Call:
    """A call offered, taken on the phone, or ended. `caller` may be missing."""

    envelope: Envelope
    call_id: str
    kind: CallKind
    caller: str
    is_video: bool
    is_group: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a group. `alt` is the other address form, "" when not told."""

    address: str
    alt: str
    role: str


@dataclass(frozen=True, slots=True)
class GroupChange:
    """A group joined, left or changed; `subject` is None where the event does not speak of it.

    So is `only_admins`: whether nobody else may write.
    """

    envelope: Envelope
    group: str
    change: GroupEvent
    subject: str | None
    members: tuple[Member, ...]
    at: datetime
    only_admins: bool | None = None


@dataclass(frozen=True, slots=True)
class LabelEvent:
    """A WhatsApp label made or removed (`chat` is ""), or put on or taken off a chat."""

    envelope: Envelope
    label_id: str
    name: str
    color: str
    chat: str
    removed: bool


@dataclass(frozen=True, slots=True)
class Presence:
    """Who is online, typing or recording in a chat: (address, state, last seen) each."""

    envelope: Envelope
    chat: str
    states: tuple[tuple[str, str, datetime | None], ...]


@dataclass(frozen=True, slots=True)
class Archive:
    """A chat archived or taken back on the phone."""

    envelope: Envelope
    chat: str
    archived: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Identity:
    """WAHA's word that a LID and a phone's address are one person's."""

    envelope: Envelope
    lid: str
    phone: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """An event that changes nothing here. New WAHA versions bring new ones: that is normal."""

    envelope: Envelope
    event: str


CALLS = {
    "call.received": CallKind.RECEIVED,
    "call.accepted": CallKind.ACCEPTED,
    "call.rejected": CallKind.REJECTED,
}
GROUPS = {
    "group.v2.join": GroupEvent.JOINED,
    "group.v2.leave": GroupEvent.LEFT,
    "group.v2.update": GroupEvent.UPDATED,
}
MEMBERS = {
    "join": GroupEvent.MEMBERS_JOINED,
    "leave": GroupEvent.MEMBERS_LEFT,
    "promote": GroupEvent.MEMBERS_PROMOTED,
    "demote": GroupEvent.MEMBERS_DEMOTED,
}


def parse_session_status(envelope: Envelope, payload: JsonObject) -> SessionStatus:
    """Read a status. Its time is the envelope's: the entries of `statuses` repeat each other's."""
    status = as_name(payload.get("status")).upper()
    if not status:
        raise PayloadError("The session status is missing.")
    return SessionStatus(envelope, status, envelope.at, as_object(payload.get("data")))


def parse_call(envelope: Envelope, payload: JsonObject) -> Call:
    """Read a call. Raises PayloadError without its id."""
    call_id = as_name(payload.get("id"))
    if not call_id:
        raise PayloadError("The call has no id.")
    data = as_object(payload.get("_data"))
    caller = payload.get("from") or data.get("chatId") or data.get("from")
    return Call(
        envelope=envelope,
        call_id=call_id,
        kind=CALLS[envelope.event],
        caller=normalise(caller),
        is_video=as_flag(payload.get("isVideo")),
        is_group=as_flag(payload.get("isGroup")),
        at=envelope.moment(payload.get("timestamp")),
    )


def parse_group(envelope: Envelope, payload: JsonObject) -> GroupChange | Unknown:
    """Read a group event of the second generation. Raises PayloadError without the group's id."""
    group = as_object(payload.get("group"))
    address = normalise(group.get("id"))
    if not address:
        raise PayloadError("The group event names no group.")
    change = GROUPS.get(envelope.event) or MEMBERS.get(as_name(payload.get("type")))
    if change is None:
        return Unknown(envelope, envelope.event)
    # WAHA's own `membersCanSendMessages` was false where NOWEB said that all may.
    announce = as_object(payload.get("_data")).get("announce")
    listed = payload.get("participants") or group.get("participants")
    return GroupChange(
        envelope=envelope,
        group=address,
        change=change,
        subject=as_name(group.get("subject")) or None,
        members=_members(listed),
        at=envelope.precise(payload.get("timestamp")),
        only_admins=announce if isinstance(announce, bool) else None,
    )


def _members(value: object) -> tuple[Member, ...]:
    members = []
    for entry in as_list(value)[:MAX_PARTICIPANTS]:
        fields = as_object(entry) or {"id": entry}
        address = normalise(fields.get("id"))
        if address:
            alt = alternative(address, fields.get("pn"))
            members.append(Member(address, alt, as_name(fields.get("role"))))
    return tuple(members)


def parse_label(envelope: Envelope, payload: JsonObject) -> LabelEvent:
    """Read a label event. Raises PayloadError without the label's id."""
    on_chat = envelope.event.startswith("label.chat.")
    label = as_object(payload.get("label")) if on_chat else payload
    label_id = as_name(payload.get("labelId") if on_chat else payload.get("id"))
    if not label_id:
        raise PayloadError("The label has no id.")
    return LabelEvent(
        envelope=envelope,
        label_id=label_id,
        name=cut(as_text(label.get("name")), 100),
        color=cut(as_text(label.get("colorHex")), 20),
        chat=normalise(payload.get("chatId")) if on_chat else "",
        removed=envelope.event.endswith(".deleted"),
    )


def parse_presence(envelope: Envelope, payload: JsonObject) -> Presence:
    """Read who is there; entries without a person are left out."""
    chat = normalise(payload.get("id"))
    if not chat:
        raise PayloadError("The presence names no chat.")
    states = tuple(
        (person, as_name(entry.get("lastKnownPresence")), as_moment(entry.get("lastSeen")))
        for entry in map(as_object, as_list(payload.get("presences"))[:MAX_PARTICIPANTS])
        if (person := normalise(entry.get("participant")))
    )
    return Presence(envelope, chat, states)


def parse_archive(envelope: Envelope, payload: JsonObject) -> Archive:
    """Read an archive flag. Raises PayloadError without the chat."""
    chat = normalise(payload.get("id"))
    if not chat:
        raise PayloadError("The archive event names no chat.")
    at = envelope.precise(payload.get("timestamp"))
    return Archive(envelope, chat, as_flag(payload.get("archived")), at)


def parse_identity(envelope: Envelope, payload: JsonObject) -> Identity:
    """Read a pair of addresses. Raises PayloadError unless it is a LID and a phone's."""
    lid = normalise(payload.get("lid"))
    phone = alternative(lid, payload.get("pn")) if is_lid(lid) else ""
    if not phone_digits(phone):
        raise PayloadError("The pair is not a LID and a phone number.")
    return Identity(envelope, lid, phone)
