"""Short-lived addresses at the bucket, for types that may be shown, once the check is done."""

from typing import Any

from django.core.files.storage import default_storage
from django.utils.http import content_disposition_header

from attachments.models import Attachment
from attachments.names import clean_name

SECONDS = 60


def address(attachment: Attachment) -> str:
    """Where a browser gets an inline-safe file itself, "" where we must hand it out.

    The bucket is told type and disposition by the signed address, so neither what was stored
    with the file nor its ending decides. Files on a disk, and every other type, are streamed
    through our view with its sandbox.
    """
    storage: Any = default_storage
    if not attachment.is_inline or not hasattr(storage, "bucket_name"):
        return ""
    disposition = content_disposition_header(False, clean_name(attachment.display_name))
    return str(
        storage.url(
            attachment.path,
            parameters={
                "ResponseContentType": attachment.mime_type,
                "ResponseContentDisposition": disposition or "inline",
                "ResponseCacheControl": "private, no-store",
            },
            expire=SECONDS,
        )
    )
