import hashlib
import io
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.models import User
from attachments import intake, services
from attachments.models import Attachment
from attachments.refusals import FileEmpty, FileTooLarge, ImageTooLarge, StorageFailed

pytestmark = pytest.mark.django_db

MEGABYTE = 1024 * 1024


def files_under(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def store(owner: User, data: bytes, name: str, max_bytes: int = MEGABYTE) -> Attachment:
    upload = SimpleUploadedFile("upload", data)
    return services.store(upload, record=owner, name=name, by=owner, max_bytes=max_bytes)


@pytest.mark.core
def test_store_keeps_bytes_hash_and_a_name_of_our_own(owner: User) -> None:
    data = b"%PDF-1.4 invoice"

    kept = store(owner, data, "Invoice 7.pdf")

    assert (kept.size, kept.mime_type, kept.extension) == (16, "application/pdf", "pdf")
    assert kept.sha256 == hashlib.sha256(data).hexdigest()
    assert kept.path == f"{kept.created_at:%Y/%m}/{kept.uuid}.pdf"
    assert services.read(kept) == data


def test_store_makes_a_thumbnail_without_exif(owner: User, picture: Callable[..., bytes]) -> None:
    kept = store(owner, picture(1600, 1200), "photo.jpg")

    with default_storage.open(kept.thumbnail_path) as file, Image.open(file) as small:
        assert (small.format, small.size, len(small.getexif())) == ("WEBP", (640, 480), 0)
    assert (kept.width, kept.height) == (1600, 1200)


@pytest.mark.parametrize("name", ["page.png", "page.jpg", "page.html", "page"])
def test_store_decides_the_type_by_content(owner: User, name: str) -> None:
    kept = store(owner, b"<html><script>alert(1)</script></html>", name)

    assert (kept.mime_type, kept.is_inline, kept.thumbnail_path) == ("text/html", False, "")


def test_store_keeps_a_cut_picture_without_a_thumbnail(
    owner: User, picture: Callable[..., bytes]
) -> None:
    kept = store(owner, picture(2000, 2000, "PNG")[:200], "cut.png")

    assert (kept.mime_type, kept.size, kept.thumbnail_path) == ("image/png", 200, "")


def bomb(width: int, height: int) -> bytes:
    """A small PNG that says it has so many pixels, and keeps its word when decoded."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * ((width // 8 + 1) * height), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("edge", [6_400, 16_000])
def test_store_refuses_a_picture_of_too_many_pixels(
    owner: User, files_folder: Path, edge: int
) -> None:
    with pytest.raises(ImageTooLarge):
        store(owner, bomb(edge, edge), "small.png")

    assert (Attachment.objects.count(), files_under(files_folder)) == (0, [])


@pytest.mark.core
def test_store_stops_reading_an_endless_file(owner: User, files_folder: Path) -> None:
    given = 0

    def endless() -> Iterator[bytes]:
        nonlocal given
        while True:
            given += 1
            yield b"x" * 1000

    with pytest.raises(FileTooLarge):
        services.store(endless(), record=owner, name="x", by=None, max_bytes=10_000)

    assert (given, Attachment.objects.count(), files_under(files_folder)) == (11, 0, [])


def test_store_refuses_an_empty_file(owner: User, files_folder: Path) -> None:
    with pytest.raises(FileEmpty):
        store(owner, b"", "nothing.txt")

    assert files_under(files_folder) == []


def test_store_keeps_nothing_when_the_stream_breaks(owner: User, files_folder: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"x" * 100
        raise ConnectionError

    with pytest.raises(ConnectionError):
        services.store(broken(), record=owner, name="x", by=None, max_bytes=10_000)

    assert (Attachment.objects.count(), files_under(files_folder)) == (0, [])


def test_store_keeps_nothing_when_the_row_fails(
    owner: User, files_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the database is away")

    monkeypatch.setattr(Attachment.objects, "create", fail)

    with pytest.raises(RuntimeError):
        store(owner, b"text", "a.txt")
    assert files_under(files_folder) == []


def test_store_says_so_when_storage_is_full(
    owner: User, files_folder: Path, picture: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    save = default_storage.save

    def full_at_the_second(name: str, content: object, **kwargs: object) -> str:
        if name.endswith("thumbnail.webp"):
            raise OSError(28, "No space left on device")
        return str(save(name, content, **kwargs))

    monkeypatch.setattr(intake.default_storage, "save", full_at_the_second)

    with pytest.raises(StorageFailed, match="could not be stored"):
        store(owner, picture(), "photo.jpg")
    assert (Attachment.objects.count(), files_under(files_folder)) == (0, [])


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("a\r\nSet-Cookie: x=1.txt", "aSet-Cookie: x=1.txt"),
        ("nul\x00byte.txt", "nulbyte.txt"),
        ("annexe\u202egpj.exe", "annexegpj.exe"),
        ("lone\ud83dsurrogate.txt", "lonesurrogate.txt"),
        ("..", "file"),
        ("", "file"),
        ("فاتورة.txt", "فاتورة.txt"),
        ("x" * 300 + ".txt", "x" * 234 + "…" + "x" * 16 + ".txt"),
    ],
)
def test_store_survives_hostile_names(owner: User, name: str, shown: str) -> None:
    kept = store(owner, b"\x01\x02", name)
    kept.refresh_from_db()

    assert kept.display_name == shown
    assert kept.path.startswith(f"{kept.created_at:%Y/%m}/{kept.uuid}")
    assert len(kept.original_name) <= 255


def test_office_documents_keep_their_type(owner: User) -> None:
    kept = store(owner, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old.doc")

    assert (kept.mime_type, kept.is_inline) == ("application/msword", False)


def test_remove_deletes_row_and_bytes(
    owner: User,
    files_folder: Path,
    picture: Callable[..., bytes],
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:
    kept = store(owner, picture(), "photo.jpg")

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        services.remove(kept, by=owner)

    assert (Attachment.objects.count(), files_under(files_folder)) == (0, [])


def test_thumbnail_of_a_turned_photo_stands_upright(owner: User) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held sideways
    out = io.BytesIO()
    Image.new("RGB", (1200, 800)).save(out, "JPEG", exif=exif)

    kept = store(owner, out.getvalue(), "turned.jpg")

    with default_storage.open(kept.thumbnail_path) as file, Image.open(file) as small:
        assert small.size == (427, 640)
    assert (kept.width, kept.height) == (800, 1200)
