"""Downloads on record: files that leave, not pictures that a page shows."""

from django.core.cache import cache
from django.http import HttpRequest

from accounts.models import User
from attachments.models import Attachment
from audit import log

HOUR = 3600


def note(request: HttpRequest, attachment: Attachment) -> None:
    """Write down that somebody fetches a file to keep, once an hour however it is cut."""
    user = request.user
    if request.method != "GET" or attachment.is_inline or not isinstance(user, User):
        return
    # Not told by the Range: it need not begin at 0 to fetch everything.
    if cache.add(f"audit.download:{user.pk}:{attachment.pk}", 1, HOUR):
        log.record("attachment.downloaded", target=attachment, by=user)
