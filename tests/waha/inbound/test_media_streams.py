"""Streams that break off, never end, or come a byte at a time."""

import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.utils import timezone

from attachments.models import Attachment
from waha.inbound import media
from waha.models import MediaState, WahaChat, WahaMedia, WahaMessage, WahaServer

pytestmark = pytest.mark.django_db

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n"
Answer = Callable[[socket.socket], None]


@pytest.fixture(autouse=True)
def files_folder(var_dir: Path) -> Path:
    return var_dir / "files"


@pytest.fixture
def answer_with(server: WahaServer) -> Iterator[Callable[[Answer], None]]:
    """A WAHA that answers every request as told, byte for byte, and then hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))
    server.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.save(update_fields=["url"])
    answers: list[Answer] = []

    def serve() -> None:
        while True:
            try:
                peer, _address = listener.accept()
            except OSError:
                return
            with peer:
                try:
                    peer.recv(65536)
                    answers[-1](peer)
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield answers.append
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


@pytest.fixture
def row(chat: WahaChat) -> WahaMedia:
    message = WahaMessage.objects.create(
        session=chat.session, chat=chat, message_id="RAW", type="document", status="received",
        media_state=MediaState.PENDING, created_at=timezone.now(),
    )  # fmt: skip
    return WahaMedia.objects.create(
        session=chat.session, chat=chat, message=message, message_created_at=message.created_at,
        path="/api/files/support/RAW.pdf",
    )  # fmt: skip


def left(row: WahaMedia, folder: Path) -> tuple[str, int, list[Path]]:
    row.refresh_from_db()
    kept = [path for path in folder.rglob("*") if path.is_file()]
    return row.state, Attachment.objects.count(), kept


def test_a_file_cut_anywhere_is_never_stored_half(
    answer_with: Callable[[Answer], None], row: WahaMedia, files_folder: Path
) -> None:
    size, chance = 200_000, random.Random(7)

    for _ in range(20):
        cut = chance.randrange(size)
        answer_with(
            lambda peer, cut=cut: peer.sendall(  # type: ignore[misc]
                HEAD + b"Content-Length: %d\r\n\r\n" % size + b"x" * cut
            )
        )
        WahaMedia.objects.update(due_at=timezone.now(), attempts=0)
        media.fetch_due()

        assert left(row, files_folder) == ("pending", 0, [])


def test_a_chunked_file_cut_before_its_end_is_never_stored(
    answer_with: Callable[[Answer], None], row: WahaMedia, files_folder: Path
) -> None:
    answer_with(
        lambda peer: peer.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
    )

    media.fetch_due()

    assert left(row, files_folder) == ("pending", 0, [])


def test_an_endless_file_is_cut_off_at_the_limit(
    answer_with: Callable[[Answer], None], row: WahaMedia, files_folder: Path,
    settings: object,
) -> None:  # fmt: skip
    settings.MEDIA_MAX_BYTES = 1_000_000  # type: ignore[attr-defined]
    given = 0

    def endless(peer: socket.socket) -> None:
        nonlocal given
        peer.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        while True:
            peer.sendall(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
            given += 0x10000

    answer_with(endless)

    media.fetch_due()

    assert left(row, files_folder) == ("missing", 0, [])
    assert given < 12_000_000  # the limit and what lies in the sockets' buffers


def test_a_byte_at_a_time_is_not_waited_for(
    answer_with: Callable[[Answer], None], row: WahaMedia, files_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(media, "FILE_SECONDS", 0.3)

    def trickle(peer: socket.socket) -> None:
        peer.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        while True:
            peer.sendall(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
            time.sleep(0.05)

    answer_with(trickle)
    started = time.monotonic()

    media.fetch_due()

    assert time.monotonic() - started < 5
    assert left(row, files_folder) == ("pending", 0, [])


def test_an_answer_that_is_no_http_is_survived(
    answer_with: Callable[[Answer], None], row: WahaMedia, files_folder: Path
) -> None:
    answer_with(lambda peer: peer.sendall(b"\x00\xff garbage\r\n\r\n"))

    media.fetch_due()

    assert left(row, files_folder) == ("pending", 0, [])
