"""Every body we have, posted as WAHA posts it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.test import Client

from waha.gateway.signing import sign

DATA = Path(__file__).resolve().parents[2] / "data" / "waha"


@dataclass(frozen=True)
class Delivery:
    """One request: the file it comes from and its exact body."""

    name: str
    body: bytes

    @property
    def session(self) -> str:
        return str(json.loads(self.body)["session"])


def composed() -> list[Delivery]:
    """The written samples; all are of the session `sales-uk`."""
    return [
        Delivery(path.stem, json.dumps(json.loads(path.read_text()), ensure_ascii=False).encode())
        for path in sorted((DATA / "webhooks").glob("*.json"))
    ]


def recorded() -> list[Delivery]:
    """What a real WAHA sent; all are of the session `default`."""
    requests = [
        (path.stem, json.loads(path.read_text()))
        for path in sorted((DATA / "recorded").glob("*.json"))
    ]
    single = [
        Delivery(name, request["body_utf8"].encode())
        for name, request in requests
        if "body_utf8" in request
    ]
    retried = [
        Delivery(name, delivery["body_utf8"].encode())
        for name, request in requests
        for delivery in request.get("deliveries", [])
    ]
    return single + retried


def post(client: Client, session: str, body: bytes, key: str, **headers: str) -> Any:
    """Post a body as WAHA does, signed with `key`."""
    signed = {
        "X-Webhook-Hmac": sign(key, body),
        "X-Webhook-Hmac-Algorithm": "sha512",
        "X-Webhook-Request-Id": "01m829amkxg4r3y7a",
        **headers,
    }
    return client.post(
        f"/waha/webhook/{session}/", body, content_type="application/json", headers=signed
    )
