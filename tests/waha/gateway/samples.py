"""The webhook bodies in tests/data, by name."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from waha.gateway import payloads

DATA = Path(__file__).resolve().parents[2] / "data" / "waha"
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def sample(name: str) -> Any:
    """A composed body."""
    return json.loads((DATA / "webhooks" / f"{name}.json").read_text())


def recorded(name: str) -> Any:
    """A body that a real WAHA sent."""
    request = json.loads((DATA / "recorded" / f"{name}.json").read_text())
    return json.loads(request["body_utf8"])


def event_of(body: Any) -> Any:
    """The parsed event, received at NOW."""
    return payloads.parse(body, received_at=NOW)


def all_bodies() -> Iterator[tuple[str, Any]]:
    """Every single body with its name."""
    for path in sorted((DATA / "webhooks").glob("*.json")):
        yield f"webhooks/{path.stem}", json.loads(path.read_text())
    for path in sorted((DATA / "recorded").glob("*.json")):
        request = json.loads(path.read_text())
        if "body_utf8" in request:
            yield f"recorded/{path.stem}", json.loads(request["body_utf8"])
