from collections.abc import Callable
from urllib.parse import quote

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from accounts.models import User
from attachments import services
from attachments.models import Attachment, ScanState

pytestmark = pytest.mark.django_db

SECRET = b"only for Olga: 0123456789"


@pytest.fixture
def keep(owner: User) -> Callable[..., Attachment]:
    def make(data: bytes = SECRET, name: str = "secret.txt") -> Attachment:
        return services.store([data], record=owner, name=name, by=owner, max_bytes=10**6)

    return make


@pytest.fixture
def olga(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def body(response: object) -> bytes:
    return b"".join(response)  # type: ignore[call-overload]


@pytest.mark.core
@pytest.mark.parametrize(
    "headers", [{}, {"Range": "bytes=0-3"}, {"If-None-Match": "*"}], ids=["whole", "part", "match"]
)
@pytest.mark.parametrize("method", ["get", "head"])
def test_file_is_hidden_from_strangers(
    client: Client,
    stranger: User,
    keep: Callable[..., Attachment],
    method: str,
    headers: dict[str, str],
) -> None:
    kept = keep()
    client.force_login(stranger)

    response = getattr(client, method)(kept.get_absolute_url(), headers=headers)

    assert response.status_code == 404
    assert SECRET not in body(response)


def test_file_sends_visitors_to_sign_in(client: Client, keep: Callable[..., Attachment]) -> None:
    response = client.get(keep().get_absolute_url())

    assert (response.status_code, SECRET in response.content) == (302, False)


def test_file_of_an_unregistered_kind_of_record_is_hidden(
    olga: Client, keep: Callable[..., Attachment], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = keep()
    other = services.store(
        [b"a file of a file"], record=kept, name="x", by=kept.uploaded_by, max_bytes=100
    )

    assert olga.get(other.get_absolute_url()).status_code == 404


@pytest.mark.core
def test_file_comes_whole_and_sealed(olga: Client, keep: Callable[..., Attachment]) -> None:
    response = olga.get(keep().get_absolute_url())

    assert body(response) == SECRET
    assert {name: response[name] for name in SEALS} == SEALS
    assert response["Content-Disposition"] == 'attachment; filename="secret.txt"'


SEALS = {
    "Content-Type": "application/octet-stream",
    "Content-Length": str(len(SECRET)),
    "Accept-Ranges": "bytes",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
}

HOSTILE = [
    (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "a.svg"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "a.png"),
    (b"<!doctype html><script>1</script>", "a.html"),
    (b"<!doctype html><script>1</script>", "a.jpg"),
    (b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'/>", "a.xhtml"),
    (b"%PDF-1.4 /JS (app.alert(1))", "a.pdf"),
    (b"PK\x03\x04" + b"\0" * 60, "a.mp4"),
    (b"MZ" + b"\0" * 100, "a.gif"),
    (b"#!/bin/sh\nrm -rf /\n", "a.webp"),
    (b"\x00\x01\x02\x03", "a.jpeg"),
]


@pytest.mark.parametrize(("data", "name"), HOSTILE)
def test_active_content_is_only_handed_out_as_a_download(
    olga: Client, keep: Callable[..., Attachment], data: bytes, name: str
) -> None:
    response = olga.get(keep(data, name).get_absolute_url())

    assert body(response) == data
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize(
    ("format_", "mime"),
    [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("GIF", "image/gif"), ("WEBP", "image/webp")],
)
def test_pictures_are_shown(
    olga: Client,
    keep: Callable[..., Attachment],
    picture: Callable[..., bytes],
    format_: str,
    mime: str,
) -> None:
    kept = keep(picture(40, 30, format_), "photo.txt")

    response = olga.get(kept.get_absolute_url())
    body(response)

    assert response["Content-Type"] == mime
    assert response["Content-Disposition"] == 'inline; filename="photo.txt"'


@pytest.mark.parametrize(
    ("header", "status", "part", "content_range"),
    [
        ("bytes=0-3", 206, SECRET[:4], f"bytes 0-3/{len(SECRET)}"),
        ("bytes=5-", 206, SECRET[5:], f"bytes 5-{len(SECRET) - 1}/{len(SECRET)}"),
        ("bytes=-4", 206, SECRET[-4:], f"bytes {len(SECRET) - 4}-{len(SECRET) - 1}/{len(SECRET)}"),
        ("bytes=0-999", 206, SECRET, f"bytes 0-{len(SECRET) - 1}/{len(SECRET)}"),
        ("bytes=-999", 206, SECRET, f"bytes 0-{len(SECRET) - 1}/{len(SECRET)}"),
        ("bytes=999-", 416, b"", f"bytes */{len(SECRET)}"),
        ("bytes=-0", 416, b"", f"bytes */{len(SECRET)}"),
        ("bytes=3-1", 200, SECRET, None),
        ("bytes=0-1,3-4", 200, SECRET, None),
        ("bytes=a-b", 200, SECRET, None),
        ("bytes=" + "9" * 400 + "-", 200, SECRET, None),
        ("lines=1-2", 200, SECRET, None),
    ],
)
def test_file_answers_ranges(
    olga: Client,
    keep: Callable[..., Attachment],
    header: str,
    status: int,
    part: bytes,
    content_range: str | None,
) -> None:
    response = olga.get(keep().get_absolute_url(), headers={"Range": header})

    assert (response.status_code, body(response)) == (status, part)
    assert response.get("Content-Range") == content_range


def test_head_tells_the_size_without_the_bytes(
    olga: Client, keep: Callable[..., Attachment]
) -> None:
    response = olga.head(keep().get_absolute_url())

    assert (response["Content-Length"], body(response)) == (str(len(SECRET)), b"")


@pytest.mark.parametrize("name", ['a"b.txt', "رسالة.txt", "x; filename=evil.html", "a\r\nb.txt"])
def test_disposition_is_one_header_whatever_the_name(
    olga: Client, keep: Callable[..., Attachment], name: str
) -> None:
    kept = keep(name=name)
    Attachment.objects.filter(pk=kept.pk).update(display_name=name)  # as an old row may hold it

    response = olga.get(kept.get_absolute_url())
    body(response)

    plain = name.replace("\r\n", "")
    expected = (
        'attachment; filename="%s"' % plain.replace('"', '\\"')  # noqa: UP031
        if plain.isascii()
        else f"attachment; filename*=utf-8''{quote(plain)}"
    )
    assert response["Content-Disposition"] == expected


def test_thumbnail_is_small_and_may_be_kept(
    olga: Client, keep: Callable[..., Attachment], picture: Callable[..., bytes]
) -> None:
    kept = keep(picture(), "photo.jpg")

    response = olga.get(kept.thumbnail_url)

    assert body(response)[8:12] == b"WEBP"
    assert (response["Content-Type"], response["Cache-Control"]) == (
        "image/webp",
        "private, no-cache",
    )


def test_a_kept_thumbnail_is_shown_again_only_to_who_may_see_it(
    olga: Client,
    stranger: User,
    keep: Callable[..., Attachment],
    picture: Callable[..., bytes],
) -> None:
    url = keep(picture(), "photo.jpg").thumbnail_url
    first = olga.get(url)
    kept = {"If-None-Match": first["ETag"]}
    body(first)

    again = olga.get(url, headers=kept)
    olga.force_login(stranger)

    assert (again.status_code, again.content) == (304, b"")
    assert again["Cache-Control"] == "private, no-cache"
    assert olga.get(url, headers=kept).status_code == 404


def test_thumbnail_is_hidden_from_strangers_and_missing_for_others(
    client: Client,
    owner: User,
    stranger: User,
    keep: Callable[..., Attachment],
    picture: Callable[..., bytes],
) -> None:
    photo, text = keep(picture(), "photo.jpg"), keep()
    client.force_login(stranger)
    hidden = client.get(photo.thumbnail_url)
    client.force_login(owner)
    missing = client.get(reverse("attachments:thumbnail", args=[text.uuid]))

    assert (hidden.status_code, missing.status_code) == (404, 404)


def test_a_file_in_quarantine_is_refused(olga: Client, keep: Callable[..., Attachment]) -> None:
    kept = keep()
    Attachment.objects.filter(pk=kept.pk).update(scan_state=ScanState.QUARANTINED)

    response = olga.get(kept.get_absolute_url())

    assert (response.status_code, SECRET in response.content) == (403, False)
    assert b"The virus scan holds this file back." in response.content


def test_a_file_gone_from_storage_is_not_found(
    olga: Client, keep: Callable[..., Attachment]
) -> None:
    kept = keep()
    default_storage.delete(kept.path)

    assert olga.get(kept.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("path", ["/files/../files/", "/files/%2e%2e/", "//files//", "/files/1/"])
def test_odd_paths_lead_nowhere(olga: Client, path: str) -> None:
    assert olga.get(path).status_code == 404
