"""What happens to a message after it was sent: acks, edits, revokes, reactions, votes."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from waha.gateway.payloads import content
from waha.gateway.payloads.envelope import Envelope
from waha.gateway.payloads.errors import PayloadError
from waha.gateway.payloads.fields import (
    JsonObject,
    as_int,
    as_list,
    as_name,
    as_object,
    as_text,
)
from waha.gateway.payloads.ids import (
    ChatKind,
    MessageId,
    chat_kind,
    loose_raw_id,
    normalise,
    parse_message_id,
    raw_id,
)
from waha.gateway.payloads.messages import message_id
from waha.gateway.payloads.text import cut

MAX_OPTIONS = 50


class AckLevel(StrEnum):
    """How far one of our messages has come, in the words of the inbox."""

    FAILED = "failed"
    PENDING = "pending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    PLAYED = "played"


LEVELS = {
    -1: AckLevel.FAILED,
    0: AckLevel.PENDING,
    1: AckLevel.SENT,
    2: AckLevel.DELIVERED,
    3: AckLevel.READ,
    4: AckLevel.PLAYED,
}


@dataclass(frozen=True, slots=True)
class Ack:
    """A tick. `level` is None where WAHA says UNKNOWN; `by` is the group member it comes from."""

    envelope: Envelope
    raw_id: str
    from_me: bool
    chat: str
    by: str
    level: AckLevel | None


@dataclass(frozen=True, slots=True)
class Edit:
    """New words for an earlier message. `edit_id` is the edit's own id, no message of ours."""

    envelope: Envelope
    raw_id: str
    edit_id: str
    from_me: bool
    chat: str
    body: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Revoke:
    """A message deleted for everybody. In groups an admin's revoke may hit anybody's message."""

    envelope: Envelope
    raw_id: str
    from_me: bool
    chat: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Reaction:
    """An emoji on a message; `target` is named as the reacting side sees it.

    `by` is "" when it was us.
    """

    envelope: Envelope
    reaction_id: str
    target: MessageId
    from_me: bool
    by: str
    chat: str
    emoji: str
    at: datetime

    @property
    def removed(self) -> bool:
        """Whether an earlier reaction is taken back."""
        return not self.emoji


@dataclass(frozen=True, slots=True)
class PollVote:
    """One person's whole current choice in a poll; `failed` when it could not be decrypted."""

    envelope: Envelope
    poll: MessageId
    vote_id: str
    from_me: bool
    by: str
    options: tuple[str, ...]
    at: datetime
    failed: bool


def parse_ack(envelope: Envelope, payload: JsonObject) -> Ack:
    """Read an ack; WEBJS sends the whole message instead."""
    identity = message_id(envelope, payload)
    level = as_int(payload.get("ack"))
    return Ack(
        envelope=envelope,
        raw_id=identity.raw,
        from_me=identity.from_me,
        chat=identity.chat,
        by=normalise(payload.get("participant")),
        level=None if level is None else LEVELS.get(min(level, 4)),
    )


def parse_edit(envelope: Envelope, payload: JsonObject) -> Edit:
    """Read an edit. Raises PayloadError when it does not say which message it changes."""
    identity = message_id(envelope, payload)
    target = payload.get("editedMessageId") or _protocol_target(payload).get("id")
    original = loose_raw_id(target) if target else identity.raw
    # WEBJS sends the changed message itself, under its own id and time.
    is_message = identity.raw == original
    return Edit(
        envelope=envelope,
        raw_id=original,
        edit_id=identity.raw,
        from_me=identity.from_me,
        chat=identity.chat,
        body=as_text(payload.get("body")),
        at=envelope.at if is_message else envelope.precise(payload.get("timestamp")),
    )


def parse_revoke(envelope: Envelope, payload: JsonObject) -> Revoke:
    """Read a revoke. Raises PayloadError when it does not say which message is gone."""
    action = as_object(payload.get("after")) or as_object(payload.get("before"))
    target = payload.get("revokedMessageId") or _protocol_target(action).get("id")
    identity = message_id(envelope, action) if action else None
    if identity is None and not target:
        raise PayloadError("The revoke does not say which message it takes back.")
    return Revoke(
        envelope=envelope,
        raw_id=loose_raw_id(target) if target else (identity.raw if identity else ""),
        from_me=identity.from_me if identity else False,
        chat=identity.chat if identity else "",
        at=envelope.moment(action.get("timestamp")),
    )


def parse_reaction(envelope: Envelope, payload: JsonObject) -> Reaction:
    """Read a reaction. Raises PayloadError when its target cannot be told."""
    identity = message_id(envelope, payload)
    reaction = as_object(payload.get("reaction"))
    return Reaction(
        envelope=envelope,
        reaction_id=identity.raw,
        target=_target(reaction.get("messageId"), identity.chat),
        from_me=identity.from_me,
        by=_author(identity, payload),
        chat=identity.chat,
        emoji=cut(as_text(reaction.get("text")), 64),
        at=envelope.precise(payload.get("timestamp")),
    )


def parse_poll_vote(envelope: Envelope, payload: JsonObject) -> PollVote:
    """Read a vote. Raises PayloadError when its poll cannot be told."""
    vote = as_object(payload.get("vote"))
    identity = parse_message_id(vote.get("id"))
    options = [cut(as_text(option)) for option in as_list(vote.get("selectedOptions"))]
    return PollVote(
        envelope=envelope,
        poll=_target(as_object(payload.get("poll")).get("id"), identity.chat),
        vote_id=identity.raw,
        from_me=identity.from_me,
        by=_author(identity, vote),
        options=tuple(option for option in options if option)[:MAX_OPTIONS],
        at=envelope.precise(vote.get("timestamp")),
        failed=envelope.event == "poll.vote.failed",
    )


def _target(value: object, chat: str) -> MessageId:
    """Return the full id of the message meant; a raw id alone lies in the same chat."""
    try:
        return parse_message_id(value)
    except PayloadError:
        if isinstance(value, dict) or not as_name(value):
            raise PayloadError("The event does not say which message it is about.") from None
    return MessageId(from_me=False, chat=chat, raw=raw_id(value))


def _author(identity: MessageId, payload: JsonObject) -> str:
    if identity.from_me:
        return ""
    if chat_kind(identity.chat) is ChatKind.DIRECT:
        return identity.chat
    return identity.participant or normalise(payload.get("participant"))


def _protocol_target(payload: JsonObject) -> JsonObject:
    message = content.protocol_message(as_object(payload.get("_data")))
    return as_object(as_object(message.get("protocolMessage")).get("key"))
