"""Files put on records, and taken off."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.contrib.contenttypes.models import ContentType
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction

from attachments import intake
from attachments.intake import Stored
from attachments.models import Attachment
from attachments.refusals import StorageFailed
from audit import log

if TYPE_CHECKING:
    from accounts.models import User


def store(
    file: "UploadedFile[bytes] | Iterable[bytes]",
    *,
    record: models.Model,
    name: str,
    by: "User | None",
    max_bytes: int,
    chat_id: int | None = None,
) -> Attachment:
    """Keep a file and hang it on `record`.

    Raises FileRefused and StorageFailed, whose texts are fit to show; nothing is half saved.
    """
    chunks = file.chunks() if isinstance(file, UploadedFile) else file
    stored = intake.receive(chunks, name=name, max_bytes=max_bytes)
    try:
        return attach(stored, record=record, by=by, chat_id=chat_id)
    except BaseException:
        intake.discard(stored)
        raise


@transaction.atomic
def attach(
    stored: Stored, *, record: models.Model, by: "User | None", chat_id: int | None = None
) -> Attachment:
    """Write the row of a received file; if the transaction fails, `intake.discard` is due."""
    return Attachment.objects.create(
        uuid=stored.uuid,
        name=stored.path.rpartition("/")[2],
        original_name=stored.original_name,
        display_name=stored.display_name,
        extension=stored.extension,
        model_type=ContentType.objects.get_for_model(record),
        model_id=record.pk,
        chat_id=chat_id,
        path=stored.path,
        thumbnail_path=stored.thumbnail_path,
        size=stored.size,
        mime_type=stored.mime_type,
        sha256=stored.sha256,
        width=stored.width,
        height=stored.height,
        uploaded_by=by,
    )


def read(attachment: Attachment) -> bytes:
    """The whole file, in memory: for sending, never for pages. Raises StorageFailed."""
    try:
        with default_storage.open(attachment.path) as file:
            return bytes(file.read())
    except OSError as error:
        raise StorageFailed from error


@transaction.atomic
def remove(attachment: Attachment, *, by: "User | None") -> None:
    """Delete a file: the row now, the bytes once that is committed."""
    paths = (attachment.path, attachment.thumbnail_path)
    log.record("attachment.removed", target=attachment, by=by, old={"sha256": attachment.sha256})
    attachment.delete()
    transaction.on_commit(lambda: intake.remove_paths(*paths))
