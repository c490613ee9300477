"""What a send's answer says about the new message, whichever engine gave it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Receipt:
    """WAHA took a send. Both ids are None when the answer named none, which WEBJS does at times.

    `raw_id` is the third part of the full id, the only one that stays the same between a
    phone's address and its LID.
    """

    raw_id: str | None
    full_id: str | None


def raw_part(full_id: str) -> str:
    """Return the raw id in `{fromMe}_{chat}_{raw}[_{participant}]`; a bare id is returned whole."""
    parts = full_id.split("_", 3)
    return parts[2] if len(parts) >= 3 else full_id


def read_receipt(answer: Any) -> Receipt:
    """Find the message id in a send's answer.

    NOWEB answers `{key: {id, remoteJid}}`, GOWS `{id: "true_…"}`, WEBJS `{id: {_serialized}}`,
    and any of them nothing at all: that is an accepted send without an id, not a failure.
    """
    if not isinstance(answer, dict):
        return Receipt(None, None)
    found = answer.get("id")
    if isinstance(found, dict):
        serialized = found.get("_serialized")
        found = serialized if isinstance(serialized, str) else found.get("id")
    if isinstance(found, str) and found:
        full = found if found.count("_") >= 2 else None
        return Receipt(raw_part(found), full)
    return _read_key(answer.get("key"))


def _read_key(key: Any) -> Receipt:
    raw = key.get("id") if isinstance(key, dict) else None
    if not isinstance(raw, str) or not raw:
        return Receipt(None, None)
    chat = key.get("remoteJid")
    # A group's full id ends in our own id, which this answer does not name.
    if not isinstance(chat, str) or chat.endswith("@g.us"):
        return Receipt(raw, None)
    return Receipt(raw, f"true_{chat.replace('@s.whatsapp.net', '@c.us')}_{raw}")
