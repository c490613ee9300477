"""Files put on records, and taken off."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from django.contrib.contenttypes.models import ContentType
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attachments import changes, copies, file_types, intake
from attachments.intake import Stored
from attachments.models import Attachment, AttachmentType
from attachments.refusals import FileRefused, StorageFailed
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
    type: AttachmentType | None = None,  # noqa: A002  # the model's own word
    strict: bool = False,
) -> Attachment:
    """Keep a file and hang it on `record`; `strict` takes none whose content belies its name.

    Written down in the audit log where somebody did it.
    Raises FileRefused and StorageFailed, whose texts are fit to show; nothing is half saved.
    """
    chunks = file.chunks() if isinstance(file, UploadedFile) else file
    check = file_types.check_content if strict else None
    stored = intake.receive(chunks, name=name, max_bytes=max_bytes, check=check)
    try:
        with transaction.atomic():
            kept = attach(stored, record=record, by=by, chat_id=chat_id, type=type)
            if by is not None:  # what nobody sent came with its message, which is on record itself
                log.record("attachment.added", target=record, by=by, new={"file": kept.pk})
    except BaseException:
        intake.discard(stored)
        raise
    return kept


@transaction.atomic
def attach(
    stored: Stored,
    *,
    record: models.Model,
    by: "User | None",
    chat_id: int | None = None,
    type: AttachmentType | None = None,  # noqa: A002  # the model's own word
) -> Attachment:
    """Write the row of a received file; if the transaction fails, `intake.discard` is due."""
    attachment = Attachment.objects.create(
        uuid=stored.uuid,
        display_name=stored.display_name,
        type=type,
        type_name=type.name[:100] if type else "",
        model_type=ContentType.objects.get_for_model(record),
        model_id=record.pk,
        chat_id=chat_id,
        uploaded_by=by,
        **stored.columns(),
    )
    copies.want(attachment)
    return attachment


def read(attachment: Attachment) -> bytes:
    """The whole file, in memory: for sending, never for pages. Raises StorageFailed."""
    try:
        with default_storage.open(attachment.path) as file:
            return bytes(file.read())
    except Exception as error:  # storages raise what their libraries raise
        raise StorageFailed from error


class Kept(File):  # type: ignore[type-arg]  # no [] at run time
    """A stored file to read once more, piece by piece; `chunks` raises FileRefused."""

    def __init__(self, attachment: Attachment) -> None:
        super().__init__(None, name=attachment.display_name)
        self.path = attachment.path

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        try:
            with default_storage.open(self.path) as file:
                yield from file.chunks(chunk_size)
        except Exception as error:  # storages raise what their libraries raise
            raise FileRefused(
                _("%(name)s could not be read from storage. Try again, or tell an administrator.")
                % {"name": self.name}
            ) from error


@transaction.atomic
def remove(attachment: Attachment, *, by: "User | None") -> None:
    """Delete a file: the row now, the bytes once that is committed."""
    paths = attachment.paths
    log.record("attachment.removed", target=attachment, by=by, old={"sha256": attachment.sha256})
    attachment.delete()
    transaction.on_commit(lambda: intake.remove_paths(*paths))


def replace(
    attachment: Attachment, file: "UploadedFile[bytes]", *, by: "User", max_bytes: int
) -> Attachment:
    """Give a file other bytes; returns the old ones, as a deleted file.

    Raises FileRefused and StorageFailed; nothing is changed then.
    """
    stored = intake.receive(
        file.chunks(), name=file.name or "", max_bytes=max_bytes, check=file_types.check_content
    )
    try:
        return changes.replace(attachment, stored, by=by)
    except BaseException:
        intake.discard(stored)
        raise


def purge(*, older_than: timedelta) -> int:
    """Delete for good what was deleted so long ago; returns how many. May be run again."""
    gone = Attachment.objects.filter(deleted_at__lt=timezone.now() - older_than)
    count = 0
    for chunk in gone.in_chunks():
        for attachment in chunk:
            remove(attachment, by=None)
            count += 1
    return count
