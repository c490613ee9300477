"""Uploads cut off while they stream in, before they fill the disk."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, StopUpload

# Several files at once, each within its own limit.
MOST_FILES = 20


class CappedUploadHandler(FileUploadHandler):
    """Ends a request whose file passes MEDIA_MAX_BYTES or that brings too many.

    `request.upload_cut` is then set and the file is not among `request.FILES`. The connection
    is closed: reading the rest of an endless body to be polite would be endless too.
    """

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.files, self.taken = 0, 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.files += 1
        self.taken = 0
        if self.files > MOST_FILES:
            self._cut()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.taken += len(raw_data)
        if self.taken > settings.MEDIA_MAX_BYTES:
            self._cut()
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None

    def _cut(self) -> None:
        if self.request is not None:
            self.request.upload_cut = True  # type: ignore[attr-defined]  # ours alone
        raise StopUpload(connection_reset=True)
