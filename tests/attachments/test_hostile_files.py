"""Sixty hostile files are refused with a sentence or kept inert."""

import json
import resource
from collections.abc import Callable, Iterator

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from attachments import file_types, intake, previews
from attachments.models import Attachment
from attachments.refusals import FileTooLarge, ImageTooLarge
from tests.attachments import hostile

pytestmark = pytest.mark.django_db

FILES = hostile.everything()
MAY_BE_SHOWN = set(file_types.INLINE)


@pytest.fixture
def send(client: Client, owner: User) -> Callable[..., object]:
    """Send one file as the upload's script does, to the user's own record."""
    client.force_login(owner)
    url = reverse("attachments:upload", args=["accounts.user", owner.pk])

    def sending(name: str, content: bytes) -> object:
        sent = SimpleUploadedFile("x", content, content_type="text/html")
        sent._name = name  # past Django's own cleaning, as a hostile client would
        return client.post(url, {"file": sent}, headers={"Accept": "application/json"})

    return sending


@pytest.mark.slow
def test_hostile_files_are_refused_or_inert(
    send: Callable[..., object], client: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One test for all: what tells them apart is their name in the failure."""
    assert len(FILES) >= 60
    wrong: list[str] = []
    for name, content in FILES:
        before = Attachment.objects.count()
        answer: object = send(name, content)
        status, said = answer.status_code, json.loads(answer.content)["error"]  # type: ignore[attr-defined]
        if status == 422:
            if not said.endswith((".", "?")) or Attachment.objects.count() != before:
                wrong.append(f"{name!r}: refused without a sentence, or half kept: {said!r}")
            continue
        if status != 201:
            wrong.append(f"{name!r}: {status}")
            continue
        wrong += [f"{name!r}: {each}" for each in faults_of(client, content)]

    assert wrong == []


def faults_of(client: Client, content: bytes) -> Iterator[str]:
    """What is wrong with how the newest file is handed out."""
    kept = Attachment.objects.order_by("-pk")[0]
    answer = client.get(kept.get_absolute_url())
    shown, disposition = answer["Content-Type"], answer["Content-Disposition"]
    if b"".join(answer) != content:  # type: ignore[arg-type]  # a streamed body
        yield "comes back changed"
    if (
        answer["X-Content-Type-Options"] != "nosniff"
        or "sandbox" not in answer["Content-Security-Policy"]
    ):
        yield "is handed out without nosniff and sandbox"
    if shown != file_types.OCTETS and shown not in MAY_BE_SHOWN:
        yield f"is shown as {shown}"
    if shown == file_types.OCTETS and not disposition.startswith("attachment"):
        yield "is not a download"
    if any(sign in disposition for sign in ("\r", "\n", "\0", "\u202e")):
        yield f"breaks the header: {disposition!r}"
    if ".." in kept.path or kept.path.count("/") != 2 or str(kept.uuid) not in kept.path:
        yield f"lies under a name of its own: {kept.path}"
    if any(sign in kept.display_name for sign in "/\\\r\n\0\u202e"):
        yield f"is called {kept.display_name!r}"


def test_thirty_kilobytes_of_256_megapixels_cost_next_to_nothing() -> None:
    content = hostile.png_of(16_384, 15_625)
    assert len(content) < 64_000
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss

    with pytest.raises(ImageTooLarge, match="too many pixels"):
        intake.receive([content], name="huge.png", max_bytes=10**6)

    after = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert after - before < 150 * 1024  # kilobytes; decoded it would take 256 megabytes at least


def test_an_endless_upload_is_cut_at_the_limit() -> None:
    given = 0

    def endless() -> Iterator[bytes]:
        nonlocal given
        while True:
            given += 65_536
            yield b"x" * 65_536

    with pytest.raises(FileTooLarge):
        intake.receive(endless(), name="endless.bin", max_bytes=1_000_000)

    assert given <= 1_000_000 + 65_536


def test_an_upload_past_the_limit_is_cut_while_it_streams(
    send: Callable[..., object], settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MEDIA_MAX_BYTES = 200_000  # type: ignore[attr-defined]

    answer: object = send("large.bin", b"x" * 400_000)

    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert "too large" in json.loads(answer.content)["error"]  # type: ignore[attr-defined]
    assert Attachment.objects.count() == 0


@pytest.mark.parametrize(
    "fails", [OSError(28, "No space left on device"), ConnectionError("storage is away")], ids=str
)
def test_full_disk_and_lost_storage_are_said_and_leave_nothing(
    send: Callable[..., object], monkeypatch: pytest.MonkeyPatch, fails: Exception
) -> None:
    def refuse(*args: object, **kwargs: object) -> str:
        raise fails

    monkeypatch.setattr(default_storage, "save", refuse)

    answer: object = send("plan.txt", b"words")

    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert "could not be stored" in json.loads(answer.content)["error"]  # type: ignore[attr-defined]
    assert Attachment.objects.count() == 0


def test_the_child_that_decodes_has_no_secret_and_little_memory(tmp_path: object) -> None:
    """What it may take is written in the child itself; a picture it cannot read is none."""
    path = tmp_path / "bad.png"  # type: ignore[operator]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 5000)

    with path.open("rb") as file:
        assert previews.make(file) is None
