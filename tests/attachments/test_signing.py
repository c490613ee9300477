"""Files in a bucket: what may be shown by a signed address, the rest through our view."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.files.storage import storages
from django.test import Client

from accounts.models import User
from attachments import services, signing
from mercury import broker
from tests.attachments.hostile import picture

pytestmark = pytest.mark.django_db
BUCKET = "s3://key:secret@/bucket?region=eu-west-1&endpoint=https://s3.example.com"


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A bucket that signs; nothing is fetched from it."""
    storage = storages.create_storage(broker.storage(BUCKET))
    monkeypatch.setattr(signing, "default_storage", storage)
    return storage


def test_picture_leads_to_the_bucket_for_a_minute(client: Client, owner: User, bucket: Any) -> None:
    kept = services.store([picture("PNG")], record=owner, name="a b.png", by=owner, max_bytes=9999)
    client.force_login(owner)

    answer = client.get(kept.get_absolute_url())

    address = urlsplit(answer["Location"])
    signed = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert (answer.status_code, address.netloc.endswith("s3.example.com")) == (302, True)
    assert address.path.endswith(kept.path)
    assert signed["response-content-type"] == "image/png"
    assert signed["response-content-disposition"] == 'inline; filename="a b.png"'
    assert answer["Cache-Control"] == "private, no-store"


def test_everything_else_is_streamed_by_us(client: Client, owner: User, bucket: Any) -> None:
    kept = services.store([b"<html>"], record=owner, name="a.html", by=owner, max_bytes=99)
    client.force_login(owner)

    answer = client.get(kept.get_absolute_url())

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/octet-stream")
    assert b"".join(answer) == b"<html>"  # type: ignore[arg-type]  # a streamed body


def test_a_stranger_gets_no_signed_address(
    client: Client, owner: User, stranger: User, bucket: Any
) -> None:
    kept = services.store([picture("PNG")], record=owner, name="a.png", by=owner, max_bytes=9999)
    client.force_login(stranger)

    assert client.get(kept.get_absolute_url()).status_code == 404


@pytest.mark.parametrize(
    ("url", "origins"),
    [
        ("file:///var/files", []),
        (BUCKET, ["https://s3.example.com"]),
        (
            "s3://k:s@bucket?region=eu-west-1",
            ["https://bucket.s3.amazonaws.com", "https://bucket.s3.eu-west-1.amazonaws.com"],
        ),
    ],
)
def test_pages_may_show_what_the_bucket_gives(url: str, origins: list[str]) -> None:
    assert broker.storage_origins(url) == origins
