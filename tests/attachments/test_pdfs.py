"""The first page of a PDF as a picture, and PDFs that want more than a picture."""

import io
import resource
import time
from collections.abc import Callable

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image

from accounts.models import User
from attachments import services
from attachments.models import Attachment
from tests.attachments import pdfs

pytestmark = pytest.mark.django_db


def store(owner: User, data: bytes) -> Attachment:
    return services.store([data], record=owner, name="a.pdf", by=owner, max_bytes=10**7)


def test_the_first_page_of_a_pdf_becomes_its_thumbnail(owner: User) -> None:
    kept = store(owner, pdfs.page(count=2**31 - 1))

    with default_storage.open(kept.thumbnail_path) as file, Image.open(file) as small:
        drawn = small.convert("RGB")
    top, foot = drawn.getpixel((5, 5)), drawn.getpixel((5, drawn.height - 5))
    assert (drawn.size, top) == ((453, 640), (255, 255, 255))
    assert isinstance(foot, tuple)
    assert foot[0] > 200 > 60 > foot[1]
    assert (kept.mime_type, kept.width, kept.height) == ("application/pdf", None, None)


def test_a_page_of_any_size_is_drawn_small(owner: User) -> None:
    kept = store(owner, pdfs.page(box=b"0 0 1000000000 500000000"))

    with default_storage.open(kept.thumbnail_path) as file, Image.open(file) as small:
        assert max(small.size) == 640


@pytest.mark.parametrize(
    "make",
    [
        pdfs.locked,
        pdfs.its_own_child,
        lambda: pdfs.page(box=b"0 0 1000000 1"),
        lambda: pdfs.page()[:200],
        pdfs.endless_drawing,
    ],
    ids=["locked", "its own child", "a line", "cut", "endless"],
)
def test_a_pdf_that_cannot_be_drawn_is_kept_without_a_thumbnail(
    owner: User, make: Callable[[], bytes]
) -> None:
    data, started = make(), time.monotonic()

    kept = store(owner, data)

    assert (kept.thumbnail_path, kept.size) == ("", len(data))
    assert time.monotonic() - started < 15  # four seconds of CPU, on a busy machine


def test_a_picture_of_gigabytes_in_a_pdf_costs_the_child_and_not_us(owner: User) -> None:
    data = pdfs.picture_bomb()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    kept = store(owner, data)

    assert kept.size == len(data)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024


def test_a_pdf_with_a_thumbnail_is_still_only_downloaded(client: Client, owner: User) -> None:
    kept = store(owner, pdfs.page())
    client.force_login(owner)

    answer, small = client.get(kept.get_absolute_url()), client.get(kept.thumbnail_url)

    assert b"".join(answer).startswith(b"%PDF-")  # type: ignore[arg-type]  # streamed
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert small["Content-Type"] == "image/webp"
    with Image.open(io.BytesIO(b"".join(small))) as drawn:  # type: ignore[arg-type]  # streamed
        assert drawn.format == "WEBP"
