"""Small webhook bodies of the number `support`."""

import json
from itertools import count
from typing import Any

from waha.models import WahaEvent, WahaSession

CUSTOMER = "447700900123@c.us"
LID = "223344556677889@lid"
ME = {"id": "447700900001@c.us", "pushName": "Support", "lid": "112233445566778@lid"}
NOON = 1_795_348_800  # 2026-11-22 12:00 UTC
_numbers = count(1)


def body(event: str, payload: dict[str, Any], *, at: int = NOON, **fields: Any) -> dict[str, Any]:
    """An envelope of its own around `payload`."""
    number = next(_numbers)
    return {
        "id": f"evt_{number:026d}",
        "timestamp": at * 1000 + number % 1000,
        "event": event,
        "session": "support",
        "me": ME,
        "payload": payload,
        "engine": "NOWEB",
        **fields,
    }


def text(
    raw: str,
    words: str = "Hello",
    *,
    at: int = NOON,
    chat: str = CUSTOMER,
    alt: str = "",
    from_me: bool = False,
    ack: int = 2,
    name: str = "Carla",
    **payload: Any,
) -> dict[str, Any]:
    """A text message of either direction."""
    data = {"key": {"remoteJidAlt": alt} if alt else {}, "pushName": name}
    identity = f"{str(from_me).lower()}_{chat}_{raw}"
    return body(
        "message.any",
        {
            "id": identity,
            "timestamp": at,
            "from": chat,
            "fromMe": from_me,
            "body": words,
            "hasMedia": False,
            "ack": ack,
            "_data": data,
            **payload,
        },
        at=at,
    )


def ack(raw: str, level: int, *, chat: str = CUSTOMER, from_me: bool = True) -> dict[str, Any]:
    """A tick."""
    identity = f"{str(from_me).lower()}_{chat}_{raw}"
    return body("message.ack", {"id": identity, "from": chat, "fromMe": from_me, "ack": level})


def reaction(raw: str, emoji: str, *, at: int = NOON, chat: str = CUSTOMER) -> dict[str, Any]:
    """The customer's reaction to one of our messages."""
    return body(
        "message.reaction",
        {
            "id": f"false_{chat}_R{next(_numbers)}",
            "timestamp": at,
            "fromMe": False,
            "reaction": {"text": emoji, "messageId": f"true_{CUSTOMER}_{raw}"},
        },
    )


def event_row(session: WahaSession, content: dict[str, Any] | bytes) -> WahaEvent:
    """A journal row as the webhook writes it."""
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    known = {} if isinstance(content, bytes) else content
    return WahaEvent.objects.create(
        session=session,
        event=known.get("event", "message"),
        envelope_id=known.get("id", f"raw_{next(_numbers)}"),
        body=raw,
    )
