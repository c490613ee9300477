"""A message as the thread draws it."""

from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from attachments.models import Attachment, ScanState
from mercury.db import sharding
from mercury.db.keyset import Cursor
from mercury.ui import faces, phones
from waha.inbox import names
from waha.inbox.entries import Entry
from waha.models import (
    MarkKind,
    MediaState,
    MessageFields,
    MessageStatus,
    MessageType,
    WahaMark,
)

RETRYABLE = {MessageStatus.FAILED, MessageStatus.UNKNOWN}
Row = TypeVar("Row", bound=MessageFields)


@dataclass(frozen=True, slots=True)
class Media:
    """A file in a bubble; `state` is a MediaState, `held` (a virus) or `gone` (taken off)."""

    url: str
    thumb_url: str
    playable_url: str
    type: str
    name: str
    size: int | None
    mime: str
    width: int | None
    height: int | None
    seconds: int | None
    state: str
    is_inline: bool


@dataclass(frozen=True, slots=True)
class Quote:
    """What a message answers; `pk` is set while the quoted bubble is on the same page."""

    pk: int | None
    author: str
    text: str
    type: str


@dataclass(frozen=True, slots=True)
class Location:
    lat: float
    lng: float
    name: str
    address: str
    live: bool


@dataclass(frozen=True, slots=True)
class Option:
    """An answer of a poll: how many chose it, and who."""

    text: str
    votes: int
    who: str


@dataclass(frozen=True, slots=True)
class Poll:
    """A poll with the choices that stand; `voters` is how many people have one."""

    question: str
    options: list[Option]
    many: bool
    voters: int


@dataclass(slots=True, kw_only=True)
class Bubble(Entry):
    """A message."""

    type: str
    status: str
    content: str
    sender_name: str
    sender_hue: int
    sent_by: str
    quote: Quote | None
    media: Media | None
    location: Location | None
    poll: Poll | None
    edited: bool
    revoked: bool
    error: str
    can_act: bool
    contacts: list[tuple[str, list[str]]] = field(default_factory=list)
    reactions: list[tuple[str, int, str]] = field(default_factory=list)
    starred: bool = False


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a bubble shows beside its own row, read once for a whole page."""

    chat_name: str
    is_group: bool
    may_act: bool
    reactions: dict[int, list[tuple[str, int, str]]]
    starred: set[int]
    files: dict[int, Attachment]
    by_raw_id: dict[str, MessageFields]
    names: dict[str, str]


def with_columns(messages: QuerySet[Row]) -> QuerySet[Row]:
    """Load what a bubble shows and nothing else; on a shard, who sent it is the caller's to add.

    The name comes by a subquery: with few users MySQL joins them by hash, loses the order of the
    index and sorts every message of the chat.
    """
    columns = (
        "id", "message_id", "type", "content", "status", "created_at", "from_me", "sender_id",
        "sender_name", "reply_to_message_id", "edited_at", "revoked_at", "in_seq", "media_mime",
        "media_name", "media_size", "media_seconds", "media_state", "error", "extra", "sent_by",
    )  # fmt: skip
    found = messages.only(*columns)
    if messages.db.startswith(sharding.PREFIX):  # it has no users
        return found
    name = User.objects.get_queryset().filter(pk=OuterRef("sent_by_id")).values("name")[:1]
    star = WahaMark.objects.standing().filter(message_pk=OuterRef("pk"), kind=MarkKind.STAR)
    named: QuerySet[Any] = found.annotate(sent_by_name=Subquery(name), starred=Exists(star))
    return named


def _sent_by(message: MessageFields) -> str:
    if message.sent_by_id is None:
        return ""
    if hasattr(message, "sent_by_name"):
        return str(message.sent_by_name or "")
    return message.sent_by.name if message.sent_by else ""


def bubble(message: MessageFields, around: Surroundings) -> Bubble:
    """Return one message as its bubble."""
    extra: dict[str, Any] = message.extra or {}
    return Bubble(
        pk=message.pk,
        type=message.type,
        from_me=message.from_me,
        status=message.status,
        content=_content(message),
        at=message.created_at,
        day=timezone.localdate(message.created_at),
        order=Cursor(message.created_at, message.pk).order,
        sender_name=_("You") if message.from_me else _sender(message, around),
        sender_hue=faces.hue(message.sender_id),
        sent_by=_sent_by(message),
        quote=_quote(message, extra, around),
        media=_media(message, around.files.get(message.pk)),
        location=_location(extra),
        poll=_poll(extra, around),
        contacts=_contacts(extra),
        reactions=around.reactions.get(message.pk, []),
        starred=message.pk in around.starred,
        edited=message.edited_at is not None,
        revoked=message.revoked_at is not None,
        error=phones.name(message.error),
        can_act=around.may_act
        and message.from_me
        and message.status in RETRYABLE
        and not message.is_archived,
        archived=message.is_archived,
    )


def _content(message: MessageFields) -> str:
    """What it says; the notices WhatsApp writes name people by their phones."""
    if message.type == MessageType.SYSTEM:
        return phones.name(message.content)
    return phones.text(message.content)


def _sender(message: MessageFields, around: Surroundings) -> str:
    if not around.is_group:
        return around.chat_name
    return names.person(message.sender_id, message.sender_name)


def _quote(message: MessageFields, extra: dict[str, Any], around: Surroundings) -> Quote | None:
    quoted = around.by_raw_id.get(message.reply_to_message_id)
    said = extra.get("quote") or {}
    if not quoted and not said:
        return None
    from_me = quoted.from_me if quoted else bool(said.get("from_me"))
    sender = quoted.sender_id if quoted else str(said.get("sender") or "")
    author = around.chat_name
    if around.is_group:
        author = names.person(sender, around.names.get(sender, ""))
    return Quote(
        pk=quoted.pk if quoted else None,
        author=_("You") if from_me else author,
        text=_content(quoted) if quoted else phones.text(str(said.get("text") or "")),
        type=quoted.type if quoted else str(said.get("type") or MessageType.TEXT),
    )


def _media(message: MessageFields, file: Attachment | None) -> Media | None:
    if not message.has_media:
        return None
    if file is None or file.scan_state == ScanState.QUARANTINED:
        return _absent(message, file)
    return Media(
        url=file.get_absolute_url(),
        thumb_url=file.thumbnail_url,
        playable_url=file.playable_url,
        type=_full_type(message, file),
        name=phones.text(file.display_name or message.media_name),
        size=file.size,
        mime=file.mime_type,
        width=file.width,
        height=file.height,
        seconds=message.media_seconds,
        state=MediaState.STORED,
        is_inline=_is_shown(file),
    )


def _absent(message: MessageFields, file: Attachment | None) -> Media:
    """A file that is on its way, could not be fetched, is held back, or was taken off."""
    state: str = message.media_state
    if file is not None:
        state = "held"
    elif state in {MediaState.STORED, MediaState.NONE}:
        state = "gone"
    return Media(
        url="",
        thumb_url="",
        playable_url="",
        type="",
        name=phones.text((file.display_name if file else "") or message.media_name),
        size=message.media_size,
        mime=message.media_mime,
        width=None,
        height=None,
        seconds=message.media_seconds,
        state=state,
        is_inline=False,
    )


def _full_type(message: MessageFields, file: Attachment) -> str:
    """The type with its codec: a browser must know that it plays none before it asks for it."""
    is_opus = message.type == MessageType.VOICE and file.mime_type == "audio/ogg"
    return "audio/ogg; codecs=opus" if is_opus else file.mime_type


def _is_shown(file: Attachment) -> bool:
    """Whether the page shows it; a picture that we could not make small is only handed out."""
    return file.is_inline and (file.kind != "image" or bool(file.thumbnail_path))


def _location(extra: dict[str, Any]) -> Location | None:
    place = extra.get("location") or {}
    lat, lng = place.get("latitude"), place.get("longitude")
    if not isinstance(lat, int | float) or not isinstance(lng, int | float):
        return None
    name, address = str(place.get("name") or ""), str(place.get("address") or "")
    return Location(lat, lng, name, address, live=bool(place.get("live")))


def _poll(extra: dict[str, Any], around: Surroundings) -> Poll | None:
    poll = extra.get("poll")
    if not poll:
        return None
    chosen: dict[str, list[str]] = {}
    cast: dict[str, dict[str, Any]] = poll.get("votes") or {}
    # By their time: MySQL keeps an object's keys in an order of its own.
    in_turn = sorted(
        cast, key=lambda voter: (str(cast[voter].get("at")), str(cast[voter].get("id")))
    )
    votes = {voter: set(cast[voter]["options"]) for voter in in_turn}
    for voter, choice in votes.items():
        for option in choice:
            chosen.setdefault(option, []).append(_voter(voter, around))
    # A choice that the question did not name is shown too: the poll may have come without it.
    texts = dict.fromkeys([*(str(option) for option in poll.get("options") or []), *chosen])
    return Poll(
        question=str(poll.get("name") or ""),
        options=[
            Option(text, len(chosen.get(text, [])), ", ".join(chosen.get(text, [])))
            for text in texts
        ],
        many=bool(poll.get("many")),
        voters=sum(bool(choice) for choice in votes.values()),
    )


def _voter(voter: str, around: Surroundings) -> str:
    if voter == "me":
        return _("You")
    if not around.is_group:
        return around.chat_name
    return names.person(voter, around.names.get(voter, ""))


def _contacts(extra: dict[str, Any]) -> list[tuple[str, list[str]]]:
    cards = []
    for card in extra.get("contacts") or []:
        found = [str(phone.get("number") or phone.get("wa") or "") for phone in card["phones"]]
        shown = [phones.as_written(phone) for phone in found if phone]
        cards.append((phones.name(str(card.get("name") or "")), shown))
    return cards
