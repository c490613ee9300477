"""What a message is: its kind, and the node of the engine's own data that says so.

`_data` differs per engine: NOWEB has `message`, GOWS `Message` (both WhatsApp's protocol
names), WEBJS a `type` word. Source: recorded webhooks of NOWEB, WAHA's sources for the others.
"""

from collections.abc import Mapping
from enum import StrEnum

from waha.gateway.payloads.fields import JsonObject, as_list, as_object, as_text


class MessageKind(StrEnum):
    """The kinds of message the inbox tells apart."""

    TEXT = "text"
    IMAGE = "image"
    DOCUMENT = "document"
    AUDIO = "audio"
    VIDEO = "video"
    VOICE = "voice"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACT = "contact"
    POLL = "poll"
    SYSTEM = "system"
    UNSUPPORTED = "unsupported"


MEDIA_KINDS = frozenset(
    {
        MessageKind.IMAGE,
        MessageKind.DOCUMENT,
        MessageKind.AUDIO,
        MessageKind.VIDEO,
        MessageKind.VOICE,
        MessageKind.STICKER,
    }
)

WRAPPERS = (
    "ephemeralMessage",
    "viewOnceMessage",
    "viewOnceMessageV2",
    "viewOnceMessageV2Extension",
    "documentWithCaptionMessage",
    "deviceSentMessage",
    "editedMessage",
)
NODES: Mapping[str, MessageKind] = {
    "imageMessage": MessageKind.IMAGE,
    "videoMessage": MessageKind.VIDEO,
    "ptvMessage": MessageKind.VIDEO,
    "audioMessage": MessageKind.AUDIO,
    "documentMessage": MessageKind.DOCUMENT,
    "stickerMessage": MessageKind.STICKER,
    "lottieStickerMessage": MessageKind.STICKER,
    "locationMessage": MessageKind.LOCATION,
    "liveLocationMessage": MessageKind.LOCATION,
    "contactMessage": MessageKind.CONTACT,
    "contactsArrayMessage": MessageKind.CONTACT,
    "pollCreationMessage": MessageKind.POLL,
    "pollCreationMessageV2": MessageKind.POLL,
    "pollCreationMessageV3": MessageKind.POLL,
    "pollCreationMessageV5": MessageKind.POLL,
    "extendedTextMessage": MessageKind.TEXT,
}
WEBJS_TYPES: Mapping[str, MessageKind] = {
    "chat": MessageKind.TEXT,
    "image": MessageKind.IMAGE,
    "video": MessageKind.VIDEO,
    "ptv": MessageKind.VIDEO,
    "audio": MessageKind.AUDIO,
    "ptt": MessageKind.VOICE,
    "document": MessageKind.DOCUMENT,
    "sticker": MessageKind.STICKER,
    "location": MessageKind.LOCATION,
    "vcard": MessageKind.CONTACT,
    "multi_vcard": MessageKind.CONTACT,
    "poll_creation": MessageKind.POLL,
    "gp2": MessageKind.SYSTEM,
    "e2e_notification": MessageKind.SYSTEM,
    "notification": MessageKind.SYSTEM,
    "notification_template": MessageKind.SYSTEM,
    "protocol": MessageKind.SYSTEM,
}


def protocol_message(data: JsonObject) -> JsonObject:
    """Return WhatsApp's own message object out of `_data`, wrappers taken off."""
    message = as_object(data.get("message")) or as_object(data.get("Message"))
    return unwrap(message)


def unwrap(message: JsonObject) -> JsonObject:
    """Take off view-once, disappearing and similar wrappers."""
    for _ in range(len(WRAPPERS)):
        inner = next(
            (
                as_object(as_object(message[name]).get("message"))
                for name in WRAPPERS
                if name in message
            ),
            None,
        )
        if not inner:
            break
        message = inner
    return message


def content_node(message: JsonObject) -> tuple[str, JsonObject]:
    """Return name and value of the node that carries the content, or ("", {})."""
    for name, node in message.items():
        if name in NODES and isinstance(node, dict):
            return name, node
    return "", {}


def engine_kind(data: JsonObject, node_name: str, node: JsonObject) -> MessageKind | None:
    """Return the kind by the engine's own data alone."""
    if data.get("messageStubType"):
        return MessageKind.SYSTEM
    if node_name == "audioMessage" and node.get("ptt"):
        return MessageKind.VOICE
    return NODES.get(node_name) or WEBJS_TYPES.get(as_text(data.get("type")))


def media_kind(mimetype: str, engine: MessageKind | None) -> MessageKind:
    """Return the kind of a message with media.

    The engine's word wins where it has one: a picture may be sent as a document, a sticker
    is `image/webp`, and only `ptt` tells a voice note from a song.
    """
    if engine in MEDIA_KINDS:
        return engine
    family = mimetype.partition("/")[0].lower()
    families = {
        "image": MessageKind.IMAGE,
        "video": MessageKind.VIDEO,
        "audio": MessageKind.AUDIO,
    }
    return families.get(family, MessageKind.DOCUMENT)


def context_info(message: JsonObject, node: JsonObject) -> JsonObject:
    """Return the node's context: what it quotes and whom it mentions."""
    return as_object(node.get("contextInfo")) or as_object(message.get("contextInfo"))


def poll_of(
    node_name: str, node: JsonObject, data: JsonObject
) -> tuple[str, tuple[str, ...]] | None:
    """Return question and options of a poll, or None."""
    if NODES.get(node_name) is MessageKind.POLL:
        options = [
            as_text(as_object(option).get("optionName")) for option in as_list(node.get("options"))
        ]
        return as_text(node.get("name")), tuple(option for option in options if option)[:50]
    if data.get("type") == "poll_creation":
        options = [
            as_text(as_object(option).get("name")) for option in as_list(data.get("pollOptions"))
        ]
        return as_text(data.get("pollName")), tuple(option for option in options if option)[:50]
    return None
