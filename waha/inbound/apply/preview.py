"""The one line that stands for a message in the list of chats."""

from typing import Any

from waha.gateway.payloads import cut
from waha.models import MessageType

REVOKED = "🚫"
"""Stands for a deleted message: a sign, because the list is read in every language."""

LENGTH = 255


def preview(kind: str, content: str, media_name: str, extra: dict[str, Any]) -> str:
    """Return the line; empty where the kind alone says it all."""
    line = " ".join(content.split())
    if not line and kind == MessageType.DOCUMENT:
        line = media_name
    elif not line and kind == MessageType.CONTACT:
        line = ", ".join(card["name"] for card in extra.get("contacts", []) if card["name"])
    elif not line and kind == MessageType.LOCATION:
        place = extra.get("location", {})
        line = place.get("name") or place.get("address") or ""
    elif not line and kind == MessageType.POLL:
        line = extra.get("poll", {}).get("name", "")
    return cut(line, LENGTH)
