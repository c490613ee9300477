"""Uploads cut off while they stream in: before they fill the disk, or when it is full."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import (
    FileUploadHandler,
    StopUpload,
    TemporaryFileUploadHandler,
)
from django.http import HttpRequest
from django.utils.translation import gettext as _

from attachments.refusals import FileCut, FileTooLarge, StorageFailed

logger = logging.getLogger(__name__)

# Several files at once, each within its own limit.
MOST_FILES = 30
LARGE, MANY, FULL, SHORT = "large", "many", "full", "short"


def refusal(request: HttpRequest, max_bytes: int | None = None) -> str:
    """Why an upload was not read to its end, "" when it was.

    What stood behind the file in the form is missing then: nothing of the form may be done.
    """
    why = getattr(request, "upload_cut", "")
    if why == FULL:
        return str(StorageFailed())
    if why == SHORT:
        return str(FileCut(0, 0))
    if why == MANY:
        return _("These are more than %(most)s files. Send fewer at once.") % {"most": MOST_FILES}
    return str(FileTooLarge(max_bytes or settings.MEDIA_MAX_BYTES)) if why else ""


class CappedUploadHandler(FileUploadHandler):
    """Ends a request whose file passes MEDIA_MAX_BYTES or that brings too many.

    `refusal` says so then, and the file is not among `request.FILES`. The connection is closed:
    reading the rest of an endless body to be polite would be endless too.
    """

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.files, self.taken = 0, 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.files += 1
        self.taken = 0
        if self.files > MOST_FILES:
            _cut(self.request, MANY)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.taken += len(raw_data)
        if self.taken > settings.MEDIA_MAX_BYTES:
            _cut(self.request, LARGE)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None

    def upload_interrupted(self) -> None:
        """The body ended within a file: somebody closed the page, or the network broke."""
        if self.request is not None:
            self.request.upload_cut = SHORT  # type: ignore[attr-defined]  # ours alone


class DiskUploadHandler(TemporaryFileUploadHandler):
    """Django's own, for disks that can be full: the form says so, where Django would fail."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        with self._disk():
            super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        with self._disk():
            return super().receive_data_chunk(raw_data, start)

    def file_complete(self, file_size: int) -> Any:
        with self._disk():
            return super().file_complete(file_size)

    @contextmanager
    def _disk(self) -> Iterator[None]:
        try:
            yield
        except OSError:
            logger.exception("the disk did not take an upload")
            if hasattr(self, "file"):
                with suppress(OSError):  # what waits in its buffer is not taken either
                    self.file.close()
            _cut(self.request, FULL)


def _cut(request: HttpRequest | None, why: str) -> None:
    if request is not None:
        request.upload_cut = why  # type: ignore[attr-defined]  # ours alone
    raise StopUpload(connection_reset=True)
