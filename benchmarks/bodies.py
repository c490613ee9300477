"""Webhook bodies as WAHA's NOWEB engine sends them, and their signatures."""

import hashlib
import hmac
import json
from datetime import datetime

OWN_PHONE = "+447700900001"
WORDS = ("thanks", "please", "order", "tomorrow", "price", "room", "course", "invoice", "when")


def contact(number: int) -> str:
    """The address of the n-th customer; the range is kept for fiction."""
    return f"4477009{number:06d}@c.us"


def message(*, session: str, chat: int, number: int, at: datetime) -> bytes:
    """The `number`-th message of the run: about a kilobyte of JSON."""
    raw = f"3EB0{number:018X}"
    text = " ".join(WORDS[(number + step * 7) % len(WORDS)] for step in range(4 + number % 12))
    seconds = int(at.timestamp())
    sender = contact(chat)
    body = {
        "id": f"evt_{number:026d}",
        "timestamp": seconds * 1000 + number % 1000,
        "event": "message",
        "session": session,
        "metadata": {},
        "me": {"id": f"{OWN_PHONE[1:]}@c.us", "pushName": "Bench", "lid": "112233445566778@lid"},
        "payload": {
            "id": f"false_{sender}_{raw}",
            "timestamp": seconds,
            "from": sender,
            "fromMe": False,
            "source": "app",
            "body": text,
            "hasMedia": False,
            "media": None,
            "ack": 2,
            "ackName": "DEVICE",
            "location": None,
            "vCards": None,
            "replyTo": None,
            "_data": {
                "key": {
                    "remoteJid": sender.replace("@c.us", "@s.whatsapp.net"),
                    "fromMe": False,
                    "id": raw,
                },
                "messageTimestamp": seconds,
                "pushName": f"Customer {chat}",
                "broadcast": False,
                "message": {"conversation": text},
                "status": 3,
            },
        },
        "engine": "NOWEB",
        "environment": {
            "version": "2026.7.1",
            "engine": "NOWEB",
            "tier": "CORE",
            "browser": None,
            "platform": "linux/x64",
            "worker": {"id": "waha-1"},
        },
    }
    return json.dumps(body, separators=(",", ":")).encode()


def request(path: str, body: bytes, *, key: str, number: int) -> bytes:
    """A whole signed HTTP request, ready to be written to a socket."""
    signature = hmac.new(key.encode(), body, hashlib.sha512).hexdigest()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"User-Agent: WAHA/2026.7.1\r\nX-Webhook-Request-Id: request-{number}\r\n"
        f"X-Webhook-Timestamp: {number}\r\nX-Webhook-Hmac: {signature}\r\n"
        f"X-Webhook-Hmac-Algorithm: sha512\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
