"""Messages: the payload of `message`, `message.any`, and of REST history."""

from dataclasses import dataclass
from datetime import datetime

from waha.gateway.errors import BadMediaUrl
from waha.gateway.media_path import media_path
from waha.gateway.payloads import content
from waha.gateway.payloads.content import MessageKind
from waha.gateway.payloads.envelope import Envelope
from waha.gateway.payloads.errors import PayloadError
from waha.gateway.payloads.fields import (
    JsonObject,
    as_flag,
    as_int,
    as_list,
    as_name,
    as_number,
    as_object,
    as_size,
    as_text,
)
from waha.gateway.payloads.ids import (
    ChatKind,
    MessageId,
    alternative,
    chat_kind,
    normalise,
    parse_message_id,
    preferred,
    raw_id,
)
from waha.gateway.payloads.text import cut
from waha.gateway.payloads.vcards import Card, parse_cards

MAX_MENTIONS = 256
MAX_URL = 4000


@dataclass(frozen=True, slots=True)
class Media:
    """A file of a message. Only `path` may be fetched, on our own WAHA base; the host is not ours.

    `failed` means WAHA tried and could not; neither path nor failed means it did not try.
    """

    url: str
    path: str
    mimetype: str
    filename: str
    size: int | None
    seconds: int | None
    width: int | None
    height: int | None
    failed: bool
    in_s3: bool
    view_once: bool


@dataclass(frozen=True, slots=True)
class Location:
    """A place; coordinates in degrees, None where WAHA sent nonsense."""

    latitude: float | None
    longitude: float | None
    live: bool
    name: str
    address: str
    description: str
    url: str


@dataclass(frozen=True, slots=True)
class Poll:
    """A question with its options."""

    name: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """The message that this one answers, as far as the answer itself tells."""

    raw_id: str
    participant: str
    body: str
    kind: MessageKind
    has_media: bool


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """A message as WAHA reports it, of either direction.

    `sender` is the author's address, the phone form where known ("" for our own outside
    groups); `chat_alt` and `sender_alt` are the other forms, "" when not told.
    """

    envelope: Envelope
    raw_id: str
    from_me: bool
    chat: str
    chat_alt: str
    chat_kind: ChatKind
    sender: str
    sender_alt: str
    sender_name: str
    kind: MessageKind
    body: str
    media: Media | None
    location: Location | None
    cards: tuple[Card, ...]
    poll: Poll | None
    quote: Quote | None
    mentions: tuple[str, ...]
    source: str
    ack: int | None
    at: datetime
    waiting: bool
    """Encrypted and not readable yet; the same id may come again with its content."""


def parse_message(envelope: Envelope, payload: JsonObject) -> IncomingMessage:
    """Read a WAMessage. Raises PayloadError when its id or chat cannot be told."""
    data = as_object(payload.get("_data"))
    identity = message_id(envelope, payload)
    kind_of_chat = chat_kind(identity.chat)
    message = content.protocol_message(data)
    node_name, node = content.content_node(message)
    location = _location(payload.get("location"))
    cards = parse_cards(payload.get("vCards"))
    poll = content.poll_of(node_name, node, data)
    media = _media(payload, data, node) if payload.get("hasMedia") else None
    engine_kind = content.engine_kind(data, node_name, node)
    body = as_text(payload.get("body"))
    sender, sender_alt = _sender(identity, kind_of_chat, payload, data)
    return IncomingMessage(
        envelope=envelope,
        raw_id=identity.raw,
        from_me=identity.from_me,
        chat=identity.chat,
        chat_alt=_chat_alt(identity, kind_of_chat, data),
        chat_kind=kind_of_chat,
        sender=sender,
        sender_alt=sender_alt,
        sender_name="" if identity.from_me else _sender_name(data),
        kind=_kind(location, cards, media, poll, engine_kind, body),
        body=body,
        media=media,
        location=location,
        cards=cards,
        poll=Poll(cut(poll[0], 1000), tuple(cut(option) for option in poll[1])) if poll else None,
        quote=_quote(payload.get("replyTo"), content.context_info(message, node)),
        mentions=_mentions(content.context_info(message, node)),
        source=as_name(payload.get("source")),
        ack=as_int(payload.get("ack")),
        at=envelope.moment(payload.get("timestamp")),
        waiting=envelope.event == "message.waiting",
    )


def message_id(envelope: Envelope, payload: JsonObject) -> MessageId:
    """Return the message's identity, from its full id or, failing that, its fields."""
    value = payload.get("id")
    try:
        return parse_message_id(value)
    except PayloadError:
        if isinstance(value, dict) or not value:
            raise
    # A bare raw id. In `from` stands the chat, save for WEBJS's own messages.
    from_me = as_flag(payload.get("fromMe"))
    me = envelope.me
    chat = normalise(payload.get("from"))
    if from_me and (not chat or (me and chat in (me.address, me.lid))):
        chat = normalise(payload.get("to"))
    if not chat:
        raise PayloadError("The message names no chat.")
    return MessageId(from_me, chat, raw_id(value), normalise(payload.get("participant")))


def _chat_alt(identity: MessageId, kind: ChatKind, data: JsonObject) -> str:
    if kind is not ChatKind.DIRECT:
        return ""
    key, info = as_object(data.get("key")), as_object(data.get("Info"))
    gows = info.get("RecipientAlt") if identity.from_me else info.get("SenderAlt")
    return alternative(identity.chat, key.get("remoteJidAlt")) or alternative(identity.chat, gows)


def _sender(
    identity: MessageId, kind: ChatKind, payload: JsonObject, data: JsonObject
) -> tuple[str, str]:
    if kind is ChatKind.DIRECT:
        if identity.from_me:
            return "", ""
        return _phone_first(identity.chat, _chat_alt(identity, kind, data))
    author = (
        identity.participant
        or normalise(payload.get("participant"))
        or normalise(payload.get("author"))
    )
    key, info = as_object(data.get("key")), as_object(data.get("Info"))
    alt = alternative(author, key.get("participantAlt")) or alternative(
        author, info.get("SenderAlt")
    )
    return _phone_first(author, alt)


def _phone_first(address: str, alt: str) -> tuple[str, str]:
    first = preferred(address, alt)
    return first, (address if first == alt else alt)


def _sender_name(data: JsonObject) -> str:
    info = as_object(data.get("Info"))
    return (
        as_name(data.get("pushName"))
        or as_name(info.get("PushName"))
        or as_name(data.get("notifyName"))
    )


def _kind(
    location: Location | None,
    cards: tuple[Card, ...],
    media: Media | None,
    poll: tuple[str, tuple[str, ...]] | None,
    engine: MessageKind | None,
    body: str,
) -> MessageKind:
    if location:
        return MessageKind.LOCATION
    if cards:
        return MessageKind.CONTACT
    if media:
        return content.media_kind(media.mimetype, engine)
    if poll:
        return MessageKind.POLL
    if engine is MessageKind.SYSTEM:
        return MessageKind.SYSTEM
    return MessageKind.TEXT if body else MessageKind.UNSUPPORTED


def _media(payload: JsonObject, data: JsonObject, node: JsonObject) -> Media:
    media = as_object(payload.get("media"))
    url = as_text(media.get("url") or payload.get("mediaUrl"))[:MAX_URL]
    in_s3 = bool(media.get("s3"))
    message = as_object(data.get("message")) or as_object(data.get("Message"))
    return Media(
        url=url,
        path="" if in_s3 else _file_path(url),
        mimetype=as_name(media.get("mimetype") or node.get("mimetype") or data.get("mimetype")),
        filename=as_name(media.get("filename") or node.get("fileName")),
        size=as_size(node.get("fileLength")) or as_size(data.get("size")),
        seconds=as_size(node.get("seconds")) or as_size(data.get("duration")),
        width=as_size(node.get("width")),
        height=as_size(node.get("height")),
        failed=bool(media.get("error")),
        in_s3=in_s3,
        view_once=bool(node.get("viewOnce") or data.get("isViewOnce") or data.get("IsViewOnce"))
        or any(name.startswith("viewOnce") for name in message),
    )


def _file_path(url: str) -> str:
    """Return the path of a file WAHA serves itself, "" for any other address."""
    try:
        return media_path(url)
    except (BadMediaUrl, ValueError):
        return ""


def _location(value: object) -> Location | None:
    place = as_object(value)
    if not place:
        return None
    return Location(
        latitude=_degrees(place.get("latitude"), 90),
        longitude=_degrees(place.get("longitude"), 180),
        live=as_flag(place.get("live")),
        name=as_name(place.get("name")),
        address=cut(as_text(place.get("address")), 500),
        description=cut(as_text(place.get("description")), 1000),
        url=cut(as_text(place.get("url")), 500),
    )


def _degrees(value: object, limit: int) -> float | None:
    number = as_number(value)
    return float(number) if number is not None and abs(number) <= limit else None


def _quote(value: object, context: JsonObject) -> Quote | None:
    reply = as_object(value)
    try:
        quoted_id = raw_id(reply.get("id") or context.get("stanzaId"))
    except PayloadError:
        return None
    inner = as_object(reply.get("_data")) or as_object(context.get("quotedMessage"))
    name, node = content.content_node(content.unwrap(inner))
    engine = content.engine_kind(inner, name, node)
    media = as_object(reply.get("media"))
    body = as_text(
        reply.get("body") or inner.get("conversation") or node.get("caption") or node.get("text")
    )
    has_media = bool(reply.get("hasMedia")) or engine in content.MEDIA_KINDS
    if has_media:
        kind = content.media_kind(as_name(media.get("mimetype")), engine)
    else:
        kind = engine or (MessageKind.TEXT if body else MessageKind.UNSUPPORTED)
    participant = normalise(reply.get("participant") or context.get("participant"))
    return Quote(quoted_id, participant, cut(body, 1000), kind, has_media)


def _mentions(context: JsonObject) -> tuple[str, ...]:
    named = [normalise(address) for address in as_list(context.get("mentionedJid"))[:MAX_MENTIONS]]
    return tuple(dict.fromkeys(address for address in named if address))
