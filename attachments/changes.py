"""What people do to files: rename, replace, move, delete, bring back."""

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from attachments import copies
from attachments.file_types import PICTURES
from attachments.intake import Stored
from attachments.models import Attachment, AttachmentType
from attachments.names import clean_name, extension_of
from attachments.refusals import FileTooLarge
from audit import log

# Everything that says which bytes an attachment is.
CONTENT = (
    "name", "path", "thumbnail_path", "original_name", "extension", "size", "mime_type",
    "sha256", "width", "height", "scan_state",
)  # fmt: skip


class ChangeRefused(Exception):
    """A file that cannot be changed so; the text is fit to show."""


@transaction.atomic
def describe(attachment: Attachment, *, name: str, type: AttachmentType | None, by: User) -> None:  # noqa: A002  # the model's own word
    """Say what it is called and of which kind it is: both or neither. Raises ChangeRefused."""
    rename(attachment, name=name, by=by)
    set_type(attachment, type=type, by=by)


@transaction.atomic
def rename(attachment: Attachment, *, name: str, by: User) -> None:
    """Call it by another name; the extension stays, it says what the bytes are."""
    cleaned = clean_name(name, fallback="")
    if not cleaned:
        raise ChangeRefused(_("Give the file a name."))
    if attachment.extension and extension_of(cleaned) != attachment.extension:
        cleaned = clean_name(f"{cleaned}.{attachment.extension}")
    if cleaned == attachment.display_name:
        return
    attachment.display_name = cleaned
    attachment.save(update_fields=["display_name", "updated_at"])
    _record("attachment.renamed", attachment, by)


@transaction.atomic
def set_type(attachment: Attachment, *, type: AttachmentType | None, by: User) -> None:  # noqa: A002  # the model's own word
    """Say which kind of file it is. Raises ChangeRefused when that kind does not take it."""
    if attachment.type_id == (type.pk if type else None):
        return
    if type and (allowed := type.allowed) and attachment.extension not in allowed:
        raise ChangeRefused(
            _("%(kind)s may only be: %(extensions)s.")
            % {"kind": type, "extensions": ", ".join(sorted(allowed))}
        )
    if type and attachment.size > type.max_size:
        raise ChangeRefused(str(FileTooLarge(type.max_size)))
    attachment.type, attachment.type_name = type, (type.name[:100] if type else "")
    attachment.save(update_fields=["type", "type_name", "updated_at"])
    _record("attachment.typed", attachment, by)


@transaction.atomic
def move(attachment: Attachment, *, to: models.Model, by: User | None) -> None:
    """Hang it on another record, which its user may change too."""
    _record("attachment.moved", attachment, by)
    attachment.model_type = ContentType.objects.get_for_model(to)
    attachment.model_id = to.pk
    attachment.save(update_fields=["model_type", "model_id", "updated_at"])
    log.record("attachment.added", target=to, by=by, new={"file": attachment.pk})


@transaction.atomic
def replace(attachment: Attachment, stored: Stored, *, by: User) -> Attachment:
    """Give it other bytes under the same address; returns the old ones, as a deleted file.

    If the transaction fails, `intake.discard(stored)` is due.
    """
    old = Attachment.objects.create(
        display_name=attachment.display_name,
        type=attachment.type,
        type_name=attachment.type_name,
        model_type_id=attachment.model_type_id,
        model_id=attachment.model_id,
        chat_id=attachment.chat_id,
        uploaded_by_id=attachment.uploaded_by_id,
        deleted_at=timezone.now(),
        deleted_by=by,
        **{column: getattr(attachment, column) for column in CONTENT},
    )
    for column, value in stored.columns().items():
        setattr(attachment, column, value)
    attachment.uploaded_by = by
    attachment.save()
    if attachment.mime_type not in PICTURES or not attachment.thumbnail_path:
        _take_away(attachment)
    copies.pass_on(attachment, to=old)
    _record("attachment.replaced", attachment, by)
    return old


@transaction.atomic
def delete(attachment: Attachment, *, by: User) -> None:
    """Take it off its record; `restore` brings it back until `purge` clears it away."""
    kept = Attachment.objects.kept().filter(pk=attachment.pk)
    if kept.update(deleted_at=timezone.now(), deleted_by=by):
        _take_away(attachment)
        _record("attachment.removed", attachment, by)


@transaction.atomic
def restore(attachment: Attachment, *, by: User) -> None:
    """Bring a deleted file back to its record."""
    gone = Attachment.objects.filter(pk=attachment.pk, deleted_at__isnull=False)
    if gone.update(deleted_at=None, deleted_by=None):
        _record("attachment.restored", attachment, by)


def _take_away(attachment: Attachment) -> None:
    """Let it stand for nobody: it is no picture any more, or gone."""
    standing = User.objects.filter(picture_key=attachment.uuid, pk=attachment.model_id)
    standing.update(picture_key=None)


def _record(event: str, attachment: Attachment, by: User | None) -> None:
    """Write it down about the record: its history is where people look for its files."""
    owner = attachment.record
    target = owner if isinstance(owner, models.Model) else attachment
    log.record(event, target=target, by=by, new={"file": attachment.pk})
