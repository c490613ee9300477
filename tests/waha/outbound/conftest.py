"""People who send, and short cuts to what became of it."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from waha.gateway import transport
from waha.models import WahaChat, WahaMessage, WahaOutbox
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
