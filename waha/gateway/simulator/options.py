"""How a simulator is set up."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

ENGINES = ("NOWEB", "GOWS", "WEBJS")
EVENTS = (
    "message.any",
    "message.ack",
    "message.ack.group",
    "message.reaction",
    "message.edited",
    "message.revoked",
    "session.status",
    "call.received",
    "call.accepted",
    "call.rejected",
    "presence.update",
    "group.v2.join",
    "group.v2.leave",
    "group.v2.participants",
    "group.v2.update",
    "poll.vote",
    "chat.archive",
    "label.upsert",
    "label.deleted",
    "label.chat.added",
    "label.chat.deleted",
)


@dataclass(frozen=True, slots=True)
class Preset:
    """A session that is there from the start."""

    name: str
    status: str = "WORKING"
    phone: str = "447700900001"
    push_name: str = "Mercury Demo"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `NAME:STATUS:PHONE:PUSHNAME`; what is left out takes its default."""
        names = ("name", "status", "phone", "push_name")
        parts = dict(zip(names, text.split(":", 3), strict=False))
        return cls(**{name: part.strip() for name, part in parts.items() if part.strip()})


@dataclass(frozen=True, slots=True)
class Retries:
    """WAHA's own default: sixteen posts in thirty seconds, then the event is gone."""

    policy: str = "constant"
    delay_seconds: float = 2
    attempts: int = 15


@dataclass(slots=True)
class Options:
    """Every dial of the simulator.

    `speed` divides all waiting (retries, acks, answers, session states), so that a test runs
    minutes in a second. `announce` tells the webhooks each session's state at the start.
    In webhook addresses `{session}` stands for the session's name.
    """

    host: str = "127.0.0.1"
    port: int = 0
    api_key: str = "simulator-key"
    engine: str = "NOWEB"
    version: str = "2026.7.1"
    seed: int = 0
    speed: float = 1.0
    webhook_url: str | None = None
    global_webhook_url: str | None = None
    hmac_key: str = "simulator-hmac-key"
    events: tuple[str, ...] = EVENTS
    retries: Retries = field(default_factory=Retries)
    sessions: tuple[Preset, ...] = (Preset("default"),)
    acks: bool = True
    lively: bool = False
    pair_after: float | None = None
    announce: bool = False
    echo_first: float = 0.5
    media_lifetime: float = 180.0
    data: Path | None = None
    people: Path | None = None
