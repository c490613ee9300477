"""WhatsApp addresses and message ids."""

from dataclasses import dataclass
from enum import StrEnum

from waha.gateway.payloads.errors import PayloadError
from waha.gateway.payloads.fields import as_flag, as_name, as_object
from waha.gateway.payloads.text import NAME_LENGTH

PHONE = "@c.us"
LID = "@lid"
GROUP = "@g.us"
CHANNEL = "@newsletter"
STATUS = "status@broadcast"


class ChatKind(StrEnum):
    """What sort of conversation an address leads to."""

    DIRECT = "direct"
    GROUP = "group"
    CHANNEL = "channel"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class MessageId:
    """`{from_me}_{chat}_{raw}[_{participant}]` taken apart; addresses are normalised."""

    from_me: bool
    chat: str
    raw: str
    participant: str = ""


def normalise(address: object) -> str:
    """Return one spelling of an address: `@c.us` for phones, no device part; "" for none.

    `447700900123:7@s.whatsapp.net` and `447700900123@c.us` are the same person.
    """
    text = as_name(address).strip()
    user, at, domain = text.partition("@")
    if not at:
        return f"{user}{PHONE}" if user.isascii() and user.isdigit() else ""
    if not user or "_" in domain:
        return ""
    domain = domain.lower()
    if domain in ("s.whatsapp.net", "c.us"):
        domain = "c.us"
    if domain in ("c.us", "lid", "hosted", "hosted.lid"):
        user = user.partition(":")[0]
    return f"{user}@{domain}" if user else ""


def chat_kind(address: str) -> ChatKind:
    """Return the kind of chat behind a normalised address."""
    if address.endswith(GROUP):
        return ChatKind.GROUP
    if address.endswith(CHANNEL):
        return ChatKind.CHANNEL
    if address.endswith("@broadcast"):
        return ChatKind.STATUS
    return ChatKind.DIRECT


def is_phone(address: str) -> bool:
    """Return whether the address names a phone number."""
    return address.endswith(PHONE)


def is_lid(address: str) -> bool:
    """Return whether the address is a LID. Its digits are no phone number."""
    return address.endswith(LID)


def phone_digits(address: str) -> str:
    """Return the phone number in a phone address, without the plus; "" for all others."""
    digits = address.removesuffix(PHONE)
    return digits if is_phone(address) and digits.isascii() and digits.isdigit() else ""


def alternative(address: str, other: object) -> str:
    """Return the other form (phone or LID) of one person's `address`, or ""."""
    candidate = normalise(other)
    pairs = (is_phone(address) and is_lid(candidate)) or (is_lid(address) and is_phone(candidate))
    return candidate if pairs else ""


def preferred(address: str, other: str) -> str:
    """Return the phone form where one of the two is known, else the address."""
    return other if is_phone(other) and not is_phone(address) else address


def parse_message_id(value: object) -> MessageId:
    """Take a full message id apart; also WEBJS's object form with `_serialized`.

    Raises PayloadError when there are fewer than three parts or no raw id.
    """
    text = as_object(value).get("_serialized", "") if isinstance(value, dict) else value
    parts = text.split("_", 3) if isinstance(text, str) else []
    if len(parts) < 3 or parts[0] not in ("true", "false"):
        raise PayloadError("The message id does not have the form fromMe_chat_id.")
    chat = normalise(parts[1])
    if not chat:
        raise PayloadError("The message id names no chat.")
    participant = normalise(parts[3]) if len(parts) == 4 else ""
    return MessageId(as_flag(parts[0]), chat, raw_id(parts[2]), participant)


def raw_id(value: object) -> str:
    """Return WhatsApp's own message id.

    Raises PayloadError when there is none, or one longer than its column: a shortened id
    could be somebody else's.
    """
    text = as_name(value)
    if not text:
        raise PayloadError("The message has no id.")
    if len(text) == NAME_LENGTH and text.endswith("…"):
        raise PayloadError(f"The message id is longer than {NAME_LENGTH} characters.")
    return text


def loose_raw_id(value: object) -> str:
    """Return the raw id out of a full id, an id object or an already raw id."""
    if isinstance(value, dict):
        value = value.get("_serialized") or value.get("id")
    if isinstance(value, str) and value.split("_", 1)[0] in ("true", "false"):
        return parse_message_id(value).raw
    return raw_id(value)
