"""A disk without room, a body that breaks off: every form says so, and nothing is half saved."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from attachments import intake, services, upload_handlers
from attachments.models import Attachment
from attachments.refusals import StorageFailed
from mercury import broker
from tests.attachments.broken_uploads import LARGE, cut_form, full_disk

pytestmark = pytest.mark.django_db
SAID = "The file could not be stored. Try again in a few minutes, or tell an admin."


@pytest.fixture(autouse=True)
def scratch(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """Where Django keeps what is being sent; nothing may stay there."""
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    yield tmp_path
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def olga(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


@pytest.fixture
def files_folder(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the test's own: others leave their files in the one they share."""
    folder = tmp_path_factory.mktemp("files")
    settings.STORAGES = {**settings.STORAGES, "default": broker.storage(f"file://{folder}")}
    return folder


def stored(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_an_upload_that_finds_no_room_is_said_and_leaves_nothing(
    olga: Client, owner: User, files_folder: Path
) -> None:
    url = reverse("attachments:upload", args=["accounts.user", owner.pk])
    files = [SimpleUploadedFile("a.txt", b"words"), SimpleUploadedFile("b.bin", LARGE)]

    with full_disk():
        told = olga.post(url, {"file": files[1]}, headers={"Accept": "application/json"})
        page = olga.post(url, {"file": SimpleUploadedFile("b.bin", LARGE)})

    assert (told.status_code, told.json()) == (422, {"error": SAID})
    assert (page.status_code, [str(each) for each in get_messages(page.wsgi_request)]) == (
        302, [SAID],
    )  # fmt: skip
    assert (Attachment.objects.count(), stored(files_folder)) == (0, [])


@pytest.mark.parametrize("name", ["own-picture", "replace"])
def test_other_forms_with_a_file_say_it_too_and_change_nothing(
    olga: Client, owner: User, name: str
) -> None:
    kept = services.store([b"before"], record=owner, name="a.txt", by=owner, max_bytes=99)
    url = reverse(f"attachments:{name}", args=[kept.uuid] if name == "replace" else [])

    with full_disk():
        answer = olga.post(url, {"file": SimpleUploadedFile("a.png", LARGE)})

    owner.refresh_from_db()
    assert [str(each) for each in get_messages(answer.wsgi_request)] == [SAID]
    assert (services.read(kept), owner.picture_key, Attachment.objects.count()) == (
        b"before", None, 1,
    )  # fmt: skip


def test_a_picture_that_finds_no_room_to_be_looked_at_is_refused(
    picture: Callable[..., bytes], files_folder: Path
) -> None:
    """It fits into memory and is written to the disk for the child that makes it small."""
    noise = random.Random(1).randbytes(900_000)

    with full_disk(), pytest.raises(StorageFailed):
        intake.receive([picture() + noise], name="a.jpg", max_bytes=10**6)

    assert stored(files_folder) == []


def test_too_many_files_at_once_are_refused_by_their_number(olga: Client, owner: User) -> None:
    url = reverse("attachments:upload", args=["accounts.user", owner.pk])
    most = upload_handlers.MOST_FILES
    files = [SimpleUploadedFile(f"{n}.txt", b"words") for n in range(most + 1)]

    answer = olga.post(url, {"file": files}, headers={"Accept": "application/json"})

    assert answer.status_code == 422
    assert answer.json()["error"] == f"These are more than {most} files. Send fewer at once."


@pytest.mark.parametrize("size", [1_000, 3_000_000])
def test_an_upload_that_breaks_off_leaves_nothing(
    olga: Client, owner: User, files_folder: Path, size: int
) -> None:
    url = reverse("attachments:upload", args=["accounts.user", owner.pk])
    files = [SimpleUploadedFile("a.txt", b"words"), SimpleUploadedFile("b.bin", b"x" * size)]

    answer = olga.generic("POST", url, **cut_form({"file": files}), HTTP_ACCEPT="application/json")

    assert (answer.status_code, answer.json()["error"]) == (
        422, "The file did not come whole. Try again.",
    )  # fmt: skip
    assert (Attachment.objects.count(), stored(files_folder)) == (0, [])
