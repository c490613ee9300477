"""Pictures of people and logos of companies: ordinary files that stand for their record."""

from typing import TYPE_CHECKING, Any

from django.db import transaction

from attachments import changes, pictures
from attachments.models import Attachment
from audit import log
from crm.models import Record

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from accounts.models import User


def set_picture(record: Record, file: "UploadedFile[bytes]", *, by: "User", max_bytes: int) -> None:
    """Keep a picture among the record's files and let it stand for the record.

    Raises FileRefused and StorageFailed; nothing is changed then.
    """
    kept = pictures.keep(file, record=record, by=by, max_bytes=max_bytes)
    choose(record, kept, by=by)


@transaction.atomic
def choose(record: Record, kept: Attachment | None, *, by: "User") -> None:
    """Let one of the record's files stand for it, or none; the one before goes to the bin."""
    before = record.picture
    rows: Any = type(record)._default_manager
    rows.filter(pk=record.pk).update(picture=kept)
    record.picture = kept
    if before is not None and before != kept:
        changes.delete(before, by=by)
    log.record(f"{record._meta.model_name}.pictured", target=record, by=by)
