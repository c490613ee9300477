"""People who send, a WAHA that they send through, and short cuts to what became of it."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import User
from tests.fixtures.simulator import SPEED, SUPPORT
from tests.waha.gateway.receiver import Receiver
from waha.gateway import transport
from waha.gateway.simulator import Simulator
from waha.inbound import drain
from waha.models import (
    WahaChat,
    WahaEvent,
    WahaMessage,
    WahaOutbox,
    WahaPace,
    WahaServer,
    WahaSession,
)
from waha.outbound import outbox

Send = Callable[..., WahaMessage]


@pytest.fixture(autouse=True)
def files_folder(var_dir: Path) -> Path:
    return var_dir / "files"


@pytest.fixture(autouse=True)
def impatient_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that waits half a second for an answer, not twenty."""
    short = httpx.Timeout(0.5)
    monkeypatch.setattr(
        transport.Transport.__init__, "__kwdefaults__", {"timeout": short, "pool": None}
    )


@pytest.fixture
def olga(users: dict[str, User]) -> User:
    return users["olga"]


@pytest.fixture
def send(chat: WahaChat, olga: User) -> Send:
    """`send("text", token="t1")`: a queued text of Olga's."""

    def make(body: str = "hello", token: str = "t1", **options: object) -> WahaMessage:
        given: dict[str, object] = {"chat": chat, "by": olga, **options}
        return outbox.send_text(body=body, client_token=token, **given)  # type: ignore[arg-type]

    return make


@pytest.fixture
def send_file(chat: WahaChat, olga: User) -> Send:
    """`send_file(b"%PDF", "a.pdf", token="t1")`: a queued file of Olga's."""

    def make(data: bytes, name: str, token: str = "t1", **options: object) -> WahaMessage:
        given: dict[str, object] = {"chat": chat, "by": olga, **options}
        upload = SimpleUploadedFile(name, data)
        return outbox.send_file(upload=upload, client_token=token, **given)  # type: ignore[arg-type]

    return make


def state(message: WahaMessage) -> tuple[str, str]:
    """(status of the message, state of its outbox row) as they are now."""
    fresh = WahaMessage.objects.get(pk=message.pk)
    return fresh.status, WahaOutbox.objects.get(message_id=message.pk).state


@pytest.fixture
def webhooks() -> Iterator[Receiver]:
    """Where the simulator posts its webhooks: they wait here until a test applies them."""
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def waha(server: WahaServer, number: WahaSession, webhooks: Receiver) -> Iterator[Simulator]:
    """A WAHA whose ticks a test sends itself."""
    with Simulator(
        api_key=settings.WAHA_API_KEY, sessions=(SUPPORT,), speed=SPEED, acks=False,
        webhook_url=webhooks.url, engine=server.engine,
    ) as simulator:  # fmt: skip
        server.url = simulator.url
        server.save(update_fields=["url"])
        yield simulator


@pytest.fixture
def apply_webhooks(number: WahaSession, waha: Simulator, webhooks: Receiver) -> Callable[..., None]:
    """Journal what has come from WAHA so far, each body once, and drain."""
    applied: set[str] = set()

    def apply(*events: str) -> None:
        waha.settle()
        for envelope in webhooks:
            name, key = envelope["event"], envelope["event"] + envelope["id"]
            if key in applied or (events and name not in events):
                continue
            applied.add(key)
            WahaEvent.objects.create(
                session=number, event=name, envelope_id=envelope["id"],
                body=json.dumps(envelope).encode(),
            )  # fmt: skip
        drain.drain_all()

    return apply


@pytest.fixture
def later() -> Callable[[], None]:
    """Let the pauses of everything that waits be over."""

    def hurry() -> None:
        past = timezone.now() - timedelta(seconds=1)
        WahaOutbox.objects.update(due_at=past)
        WahaEvent.objects.filter(state="new").update(due_at=past)

    return hurry


@pytest.fixture
def paced(number: WahaSession) -> Callable[..., WahaPace]:
    """`paced(gap_ms=1000)`: the number's pace, everything else off."""

    def make(**values: object) -> WahaPace:
        given = {"typing": False, "gap_ms": 0, "cold_gap_seconds": 0, "cold_a_day": 50, **values}
        return WahaPace.objects.update_or_create(session=number, defaults=given)[0]

    return make


@pytest.fixture
def people(number: WahaSession) -> Callable[[int], list[WahaChat]]:
    """Chats with people nobody has ever written to."""

    def make(count: int) -> list[WahaChat]:
        return [
            WahaChat.objects.create(session=number, chat_id=f"4477009003{place:02}@c.us")
            for place in range(count)
        ]

    return make


def texts(waha: Simulator) -> list[str]:
    return [text for _chat, text in waha.accepted]


def turn_over() -> None:
    """Let the number's turn come, and what shows typing be typed."""
    past = timezone.now() - timedelta(seconds=1)
    WahaPace.objects.update(next_at=past, next_cold_at=past)
    WahaOutbox.objects.filter(state="queued").update(due_at=past)
