"""The virus scan: off by default, clean or held back, closed when clamd is away."""

import io
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import User
from attachments import held, scanning, services, tasks
from attachments.models import Attachment, AttachmentCopy, ScanState
from audit.models import AuditLog
from waha.gateway.simulator.media import shipped

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


@pytest.mark.django_db
def test_what_clamd_calls_clean_later_is_free(
    clamd: list[bytes], settings: Any, client: Client, owner: User
) -> None:
    """Kept while clamd was away: a virus stays held back, a voice note gets its copy after all."""
    listening, settings.CLAMD_URL = settings.CLAMD_URL, "tcp://127.0.0.1:9"
    letter, virus, voice = (
        services.store([data], record=owner, name=name, by=owner, max_bytes=10**6)
        for data, name in [(b"words", "a.txt"), (VIRUS, "b.txt"), (shipped("voice.ogg"), "c.ogg")]
    )
    away = held.look_again()
    settings.CLAMD_URL = listening

    tasks.tidy_files()

    states = dict(Attachment.objects.values_list("pk", "scan_state"))
    assert (away.freed, away.is_whole) == (0, False)
    assert states == {
        letter.pk: ScanState.CLEAN, virus.pk: ScanState.QUARANTINED, voice.pk: ScanState.CLEAN,
    }  # fmt: skip
    assert AttachmentCopy.objects.get().attachment_id == voice.pk
    freed = AuditLog.objects.filter(event="attachment.freed").order_by("pk")
    assert [entry.new_values for entry in freed] == [{"file": letter.pk}, {"file": voice.pk}]
    client.force_login(owner)
    assert b"".join(client.get(letter.get_absolute_url())) == b"words"  # type: ignore[arg-type]


@pytest.mark.django_db
def test_the_command_asks_again_and_says_what_is_in_its_way(
    clamd: list[bytes], settings: Any, owner: User, capsys: pytest.CaptureFixture[str]
) -> None:
    services.store([VIRUS], record=owner, name="b.txt", by=owner, max_bytes=99)
    call_command("check_files", "--scan")
    told = capsys.readouterr().out
    settings.CLAMD_URL = "tcp://127.0.0.1:9"

    with pytest.raises(CommandError, match="look whether clamd runs"):
        call_command("check_files", "--scan")

    assert "0 held files are clean, 1 stay held back." in told
    settings.CLAMD_URL = ""
    with pytest.raises(CommandError, match="set CLAMD_URL first"):
        call_command("check_files", "--scan")
