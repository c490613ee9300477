"""Files that stand for somebody or something: a person's picture, a company's logo."""

from typing import TYPE_CHECKING

from django.db import models, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from attachments import changes, file_types, services
from attachments.models import Attachment
from attachments.refusals import FileRefused
from audit import log

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile


class NoPicture(FileRefused):
    """A file that nobody could look at; the text is fit to show."""

    def __init__(self) -> None:
        super().__init__(_("This is no picture. Choose a JPEG, PNG, WebP or GIF."))


class HeldBack(FileRefused):
    """A picture that the virus scan holds back; the text is fit to show."""

    def __init__(self) -> None:
        super().__init__(_("The virus scan holds this picture back. Choose another one."))


def keep(
    file: "UploadedFile[bytes]", *, record: models.Model, by: User, max_bytes: int
) -> Attachment:
    """Keep a picture among a record's files.

    Raises FileRefused and StorageFailed; nothing is kept then.
    """
    kept = services.store(
        file, record=record, name=file.name or "", by=by, max_bytes=max_bytes, strict=True
    )
    if kept.is_quarantined:
        services.remove(kept, by=by)
        raise HeldBack
    if kept.mime_type not in file_types.PICTURES or not kept.thumbnail_path:
        services.remove(kept, by=by)
        raise NoPicture
    return kept


def set_own(user: User, file: "UploadedFile[bytes]", *, max_bytes: int) -> None:
    """Let a picture among their files stand for somebody; raises what `keep` raises."""
    choose_own(user, keep(file, record=user, by=user, max_bytes=max_bytes))


@transaction.atomic
def choose_own(user: User, kept: Attachment | None) -> None:
    """Let one of their files stand for somebody, or none; the one before goes to the bin."""
    before = None
    if user.picture_key is not None:
        before = Attachment.objects.kept().of(user).filter(uuid=user.picture_key).first()
    user.picture_key = kept.uuid if kept else None
    user.save(update_fields=["picture_key", "updated_at"])
    log.record("user.pictured", target=user, by=user)
    if before is not None and before != kept:
        changes.delete(before, by=user)
