"""Bytes on their way in: counted, hashed, looked at and put on storage, before any row."""

import hashlib
import logging
import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import IO, Any

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.utils import timezone

from attachments import file_types, previews, scanning
from attachments.names import clean_name, extension_of, shorten
from attachments.refusals import FileCut, FileEmpty, FileTooLarge, ImageTooLarge, StorageFailed
from attachments.scan_states import ScanState

logger = logging.getLogger(__name__)

IN_MEMORY = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that lies on storage and has no row yet: attach it or `discard` it."""

    uuid: uuid.UUID
    path: str
    thumbnail_path: str
    original_name: str
    display_name: str
    extension: str
    mime_type: str
    size: int
    sha256: str
    width: int | None
    height: int | None
    scan_state: str = ScanState.NONE

    def columns(self) -> dict[str, Any]:
        """What it says of the bytes, by the columns of an attachment."""
        return {
            "name": self.path.rpartition("/")[2],
            "original_name": self.original_name,
            "extension": self.extension,
            "path": self.path,
            "thumbnail_path": self.thumbnail_path,
            "size": self.size,
            "mime_type": self.mime_type,
            "sha256": self.sha256,
            "width": self.width,
            "height": self.height,
            "scan_state": self.scan_state,
        }


def receive(
    chunks: Iterable[bytes],
    *,
    name: str,
    max_bytes: int,
    check: Callable[[str, str], None] | None = None,
    keep_huge: bool = False,
    announced: int = 0,
) -> Stored:
    """Stream `chunks` to storage under a name that we make.

    Raises FileRefused (empty, shorter than `announced`, too large, too many pixels) and
    StorageFailed; nothing stays behind then. No more than `max_bytes` and one chunk are ever
    read. The bytes wait in a temporary file until they are complete, so that storage never
    holds half a file.
    `check(extension of the name, MIME type)` may raise FileRefused once the content is known.
    With `keep_huge` a picture of too many pixels is kept without a preview: what nobody can be
    asked to send smaller.
    """
    with _scratch() as file:
        digest, size = hashlib.sha256(), 0
        for chunk in chunks:
            size += len(chunk)
            if size > max_bytes:
                raise FileTooLarge(max_bytes)
            digest.update(chunk)
            with _disk():
                file.write(chunk)
        if not size:
            raise FileEmpty
        if size < announced:
            raise FileCut(size, announced)
        with _disk():
            file.seek(0)
            sample = file.read(file_types.SAMPLE)
        mime_type = file_types.detect(sample, name)
        if check:
            check(extension_of(name), mime_type)
        scanned = scanning.scan(file)
        preview = _preview(file, mime_type, keep_huge)
        stored = _put(file, name, mime_type, preview, size=size, sha256=digest.hexdigest())
        return replace(stored, scan_state=scanned)


def discard(stored: Stored) -> None:
    """Take a received file off storage again."""
    remove_paths(stored.path, stored.thumbnail_path)


def remove_paths(*paths: str) -> None:
    """Delete files; one that cannot be deleted is logged and left to the orphan check."""
    for path in filter(None, paths):
        try:
            default_storage.delete(path)
        except Exception as error:  # storages raise what their libraries raise
            logger.warning("a file stays on storage: %s", type(error).__name__)


@contextmanager
def _scratch() -> Iterator[IO[bytes]]:
    """A temporary file that a full disk cannot make fail once more when it is closed."""
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  # closed below
    try:
        yield file
    finally:
        with suppress(OSError):
            file.close()


@contextmanager
def _disk() -> Iterator[None]:
    """Say it in our words when the disk does not take what is written to it."""
    try:
        yield
    except OSError as error:
        logger.exception("the disk did not take a file")
        raise StorageFailed from error


def _preview(file: IO[bytes], mime_type: str, keep_huge: bool) -> previews.Preview | None:
    if mime_type not in file_types.PREVIEWED:
        return None
    with _disk():
        file.fileno()  # rolls it over to the disk: a child process reads from a descriptor
        if mime_type in file_types.FILMS:
            return previews.of_film(file, mime_type)
    try:
        return previews.make(file)
    except ImageTooLarge:
        if keep_huge:
            return None
        raise


def _put(
    file: IO[bytes],
    name: str,
    mime_type: str,
    preview: previews.Preview | None,
    *,
    size: int,
    sha256: str,
) -> Stored:
    key = uuid.uuid4()
    extension = file_types.stored_extension(mime_type, name)
    folder = f"{timezone.now():%Y/%m}"
    saved: list[str] = []
    try:
        file.seek(0)
        saved.append(default_storage.save(_path(folder, key, extension), File(file)))
        if preview:
            thumbnail = ContentFile(preview.thumbnail)
            saved.append(default_storage.save(f"{folder}/{key}.thumbnail.webp", thumbnail))
    except Exception as error:  # storages raise what their libraries raise
        remove_paths(*saved)
        logger.exception("storage refused a file")
        raise StorageFailed from error
    display = clean_name(name, fallback=f"file.{extension}" if extension else "file")
    return Stored(
        uuid=key,
        path=saved[0],
        thumbnail_path=saved[1] if preview else "",
        original_name=_original(name) or display,
        display_name=display,
        extension=extension or extension_of(name),
        mime_type=mime_type,
        size=size,
        sha256=sha256,
        width=preview.width if preview else None,
        height=preview.height if preview else None,
    )


def _path(folder: str, key: uuid.UUID, extension: str) -> str:
    return f"{folder}/{key}.{extension}" if extension else f"{folder}/{key}"


def _original(name: str) -> str:
    """The name as it was given, save for what no database column takes."""
    return shorten(name.encode("utf-8", "replace").decode().replace("\x00", ""))
