"""Downloads on record: files that leave, not pictures that a page shows."""

from django.http import HttpRequest

from accounts.models import User
from attachments.models import Attachment
from audit import log


def note(request: HttpRequest, attachment: Attachment) -> None:
    """Write down that somebody fetches a file to keep; the rest of a cut download is the same."""
    begins = request.headers.get("Range", "bytes=0-").startswith("bytes=0-")
    if (
        request.method == "GET"
        and begins
        and not attachment.is_inline
        and isinstance(request.user, User)
    ):
        log.record("attachment.downloaded", target=attachment, by=request.user)
