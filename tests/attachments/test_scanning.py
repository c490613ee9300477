"""The virus scan: off by default, clean or held back, closed when clamd is away."""

import io
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from attachments import scanning, services
from attachments.models import ScanState

VIRUS = b"X5O!P%@AP a test virus"


@pytest.fixture
def clamd(settings: Any) -> Iterator[list[bytes]]:
    """A clamd that knows one virus; gives what it was sent."""
    taken: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _address = server.accept()
                except OSError:
                    return
                with connection, connection.makefile("rb") as stream:
                    assert stream.read(10) == b"zINSTREAM\0"
                    content = b""
                    while length := struct.unpack("!I", stream.read(4))[0]:
                        content += stream.read(length)
                    taken.append(content)
                    found = b"Test-Virus FOUND" if VIRUS in content else b"OK"
                    connection.sendall(b"stream: " + found + b"\0")

        threading.Thread(target=serve, daemon=True).start()
        settings.CLAMD_URL = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        yield taken


def test_scan_is_off_by_default() -> None:
    assert scanning.scan(io.BytesIO(VIRUS)) == ScanState.NONE


@pytest.mark.parametrize(
    ("content", "state"),
    [(b"harmless" * 50_000, ScanState.CLEAN), (b"x" + VIRUS, ScanState.QUARANTINED)],
    ids=["clean", "virus"],
)
def test_scan_sends_everything_and_believes_the_answer(
    clamd: list[bytes], content: bytes, state: ScanState
) -> None:
    assert (scanning.scan(io.BytesIO(content)), clamd) == (state, [content])


def test_scan_that_fails_holds_the_file_back(settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        settings.CLAMD_URL = f"tcp://127.0.0.1:{gone.getsockname()[1]}"

    assert scanning.scan(io.BytesIO(b"harmless")) == ScanState.QUARANTINED


@pytest.mark.django_db
def test_infected_file_is_kept_and_not_handed_out(
    clamd: list[bytes], client: Client, owner: User, files_folder: Callable[..., object]
) -> None:
    kept = services.store([VIRUS], record=owner, name="a.txt", by=owner, max_bytes=99)
    client.force_login(owner)

    answer = client.get(kept.get_absolute_url())

    assert (kept.scan_state, answer.status_code) == (ScanState.QUARANTINED, 403)
    assert VIRUS not in answer.content
