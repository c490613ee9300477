"""A day of a number: messages of both sides, ticks, edits, reactions and revocations."""

import random
from typing import Any

from tests.waha.inbound.bodies import NOON, ack, body, text

Body = dict[str, Any]
MIX = ("in",) * 6 + ("out",) * 2 + ("edit", "reaction", "revoke")


def day(events: int, *, rng: random.Random, chats: int = 40) -> list[Body]:
    """So many events in the order in which WhatsApp had them."""
    made: list[Body] = []
    incoming: list[tuple[str, str]] = []
    touched: set[str] = set()
    number = 0
    while len(made) < events:
        number += 1
        at, chat = NOON - 80_000 + number * 10, f"4477009{rng.randrange(chats):05}@c.us"
        raw, kind = f"3EB0{number:018X}", rng.choice(MIX)
        if kind == "out":
            made.append(text(raw, f"Answer {number}", at=at, chat=chat, from_me=True, ack=1))
            made += [ack(raw, level, chat=chat) for level in (2, 3)]
            continue
        if kind == "in" or not incoming:
            made.append(text(raw, f"Question {number}", at=at, chat=chat))
            incoming.append((raw, chat))
            continue
        # Each message is changed once: what two edits in one second mean is no matter of order.
        target, chat = rng.choice(incoming)
        if target in touched:
            continue
        touched.add(target)
        made.append(_change(kind, raw, target, chat, at))
    return made[:events]


def _change(kind: str, raw: str, target: str, chat: str, at: int) -> Body:
    identity = {"id": f"false_{chat}_{raw}", "timestamp": at, "from": chat, "fromMe": False}
    if kind == "edit":
        payload = {**identity, "body": f"Changed {raw}", "editedMessageId": target}
        return body("message.edited", payload, at=at)
    if kind == "revoke":
        payload = {"after": identity, "before": None, "revokedMessageId": target}
        return body("message.revoked", payload, at=at)
    shown = {"text": "👍", "messageId": f"false_{chat}_{target}"}
    return body("message.reaction", {**identity, "reaction": shown}, at=at)
