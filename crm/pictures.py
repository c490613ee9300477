"""Pictures of people and logos of companies: ordinary files that stand for their record."""

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from attachments import changes, file_types, services
from attachments.models import Attachment
from attachments.refusals import FileRefused
from audit import log
from crm.models import Record

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from accounts.models import User


class NoPicture(FileRefused):
    """A file that nobody could look at; the text is fit to show."""

    def __init__(self) -> None:
        super().__init__(_("This is no picture. Choose a JPEG, PNG, WebP or GIF."))


def set_picture(record: Record, file: "UploadedFile[bytes]", *, by: "User", max_bytes: int) -> None:
    """Keep a picture among the record's files and let it stand for the record.

    Raises FileRefused and StorageFailed; nothing is changed then.
    """
    kept = services.store(
        file, record=record, name=file.name or "", by=by, max_bytes=max_bytes, strict=True
    )
    if kept.mime_type not in file_types.PICTURES or not kept.thumbnail_path:
        services.remove(kept, by=by)
        raise NoPicture
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
