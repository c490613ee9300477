"""Files in a bucket: kept, handed out, deleted and counted through S3 itself."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from attachments import intake, inventory, services, views
from attachments.models import Attachment, AttachmentCopy, CopyState
from attachments.refusals import StorageFailed
from mercury import broker
from tests.attachments.bucket import Bucket, running
from tests.attachments.hostile import picture
from waha.gateway.simulator.media import shipped

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with running() as found:
        storage: Any = storages.create_storage(broker.storage(found.url))
        for module in (intake, inventory, services, views):
            monkeypatch.setattr(module, "default_storage", storage)
        yield found
        assert found.refused == []


@pytest.fixture
def olga(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def keep(owner: User, data: bytes = b"the plan", name: str = "plan.txt") -> Attachment:
    return services.store([data], record=owner, name=name, by=owner, max_bytes=10**6)


def test_a_file_and_its_thumbnail_go_into_the_bucket(bucket: Bucket, owner: User) -> None:
    kept = keep(owner, picture("PNG"), "a.png")

    assert set(bucket.objects) == {kept.path, kept.thumbnail_path}
    assert services.read(kept) == bucket.objects[kept.path] == picture("PNG")


@pytest.mark.parametrize(
    ("part", "status", "said"), [("", 200, b"the plan"), ("bytes=4-7", 206, b"plan")]
)
def test_a_file_is_streamed_from_the_bucket(
    bucket: Bucket, olga: Client, owner: User, part: str, status: int, said: bytes
) -> None:
    kept = keep(owner)

    answer = olga.get(kept.get_absolute_url(), headers={"Range": part} if part else {})

    assert (answer.status_code, b"".join(answer)) == (status, said)  # type: ignore[arg-type]


def test_a_removed_file_leaves_the_bucket(
    bucket: Bucket, owner: User, django_capture_on_commit_callbacks: Any
) -> None:
    kept = keep(owner)

    with django_capture_on_commit_callbacks(execute=True):
        services.remove(kept, by=owner)

    assert bucket.objects == {}


def test_orphans_and_missing_files_are_found_in_the_bucket(bucket: Bucket, owner: User) -> None:
    kept, lost = keep(owner), keep(owner)
    bucket.objects["2020/03/orphan.txt"] = b"nobody's"
    del bucket.objects[lost.path]

    found = inventory.look()
    gone = inventory.tidy()

    assert (found.orphans, found.missing) == (["2020/03/orphan.txt"], [lost.pk])
    assert (gone, list(bucket.objects)) == (1, [kept.path])


def test_a_bucket_that_is_away_is_said_and_leaves_nothing(
    bucket: Bucket, olga: Client, owner: User, django_capture_on_commit_callbacks: Any
) -> None:
    kept, url = keep(owner), reverse("attachments:upload", args=["accounts.user", owner.pk])
    bucket.is_away = True

    answer = olga.post(url, {"file": SimpleUploadedFile("a.txt", b"words")}, headers=JSON)
    read = olga.get(kept.get_absolute_url())
    with pytest.raises(StorageFailed):
        services.read(kept)
    with django_capture_on_commit_callbacks(execute=True):
        services.remove(kept, by=owner)

    assert (answer.status_code, "could not be stored" in answer.json()["error"]) == (422, True)
    assert (read.status_code, Attachment.objects.count()) == (503, 0)


def test_playing_waits_for_a_bucket_that_is_away(bucket: Bucket, olga: Client, owner: User) -> None:
    """A voice note: its original, its copy for Safari, and a part of it; then all is well again."""
    kept = keep(owner, shipped("voice.ogg"), "voice.ogg")
    copy = AttachmentCopy.objects.get(attachment=kept)
    default = views.default_storage
    copy.path = default.save("voice.m4a", ContentFile(b"the copy"))
    copy.state = CopyState.MADE
    copy.save()
    url, copy_url = kept.get_absolute_url(), reverse("attachments:playable", args=[kept.uuid])
    part = {"Range": "bytes=0-3"}
    bucket.is_away = True

    away = [olga.get(url), olga.get(url, headers=part), olga.get(copy_url)]
    bucket.is_away = False
    back = [olga.get(url), olga.get(url, headers=part), olga.get(copy_url)]

    bodies = [b"".join(answer) for answer in back]  # type: ignore[call-overload]  # streamed
    for answer in back:
        answer.close()

    assert [answer.status_code for answer in away] == [503] * 3
    assert {answer["Retry-After"] for answer in away} == {"30"}
    assert "does not answer" in away[0].content.decode()
    assert [answer.status_code for answer in back] == [200, 206, 200]
    assert bodies == [shipped("voice.ogg"), shipped("voice.ogg")[:4], b"the copy"]
