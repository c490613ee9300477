"""Files on any record."""

import uuid
from collections.abc import Collection
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attachments import file_types, visibility
from attachments.fields import Files
from attachments.scan_states import ScanState
from mercury.db.fields import ExactCharField
from mercury.db.indexes import NamedIndex
from mercury.db.models import Timestamped, TimestampedQuerySet

if TYPE_CHECKING:
    from accounts.models import User

__all__ = [
    "Attachment", "AttachmentCopy", "AttachmentQuerySet", "AttachmentType", "CopyState",
    "ScanState",
]  # fmt: skip


class AttachmentType(Timestamped):
    """A kind of file with what it may be; the list is kept in the admin."""

    name = models.CharField(_("name"), max_length=255, unique=True)
    description = models.TextField(_("description"), blank=True, default="")
    extensions = models.JSONField(_("allowed extensions"), default=list, blank=True)
    max_size = models.PositiveBigIntegerField(_("largest size in bytes"), default=100 * 1024 * 1024)

    class Meta:
        db_table = "attachment_types"
        ordering = ["name"]
        verbose_name = _("attachment type")

    def __str__(self) -> str:
        return self.name

    @property
    def allowed(self) -> set[str]:
        """Extensions it allows, in small letters and without dots; all of them when empty."""
        return {str(each).lower().lstrip(".") for each in self.extensions}


class AttachmentQuerySet(TimestampedQuerySet["Attachment"]):
    def visible_to(self, user: "User") -> "AttachmentQuerySet":
        """Files whose owner record `user` may see; owners nobody registered are seen by nobody."""
        return self.kept().filter(visibility.clause(user))

    def kept(self) -> "AttachmentQuerySet":
        """Files that are not deleted."""
        return self.filter(deleted_at__isnull=True)

    def of(self, record: models.Model) -> "AttachmentQuerySet":
        """Files that hang on `record`, deleted ones too."""
        return self.of_many(record._meta.model, [record.pk])  # `type` would see a lazy user

    def of_many(self, model: type[models.Model], pks: Collection[int]) -> "AttachmentQuerySet":
        """Files that hang on any of these records of one model."""
        return self.filter(
            model_type=ContentType.objects.get_for_model(model), model_id__in=list(pks)
        )


class Attachment(Timestamped):
    """A stored file and the record it hangs on; the bytes lie under a generated name."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=255, editable=False)
    original_name = models.CharField(_("original name"), max_length=255)
    display_name = models.CharField(_("name"), max_length=255)
    extension = models.CharField(max_length=10, blank=True, default="")
    type = models.ForeignKey(AttachmentType, models.PROTECT, null=True, blank=True)
    type_name = models.CharField(max_length=100, blank=True, default="")
    # The ContentType under the schema's column name: the price of GenericForeignKey.
    model_type = models.ForeignKey(
        ContentType, models.PROTECT, db_column="model_type", db_index=False, related_name="+"
    )
    model_id = models.BigIntegerField()
    record = GenericForeignKey("model_type", "model_id")
    chat_id = models.BigIntegerField(null=True, blank=True)
    path = models.CharField(max_length=500, editable=False)
    size = models.PositiveBigIntegerField(default=0)
    mime_type = models.CharField(max_length=255, default="application/octet-stream")
    sha256 = ExactCharField(max_length=64, blank=True, default="")
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    thumbnail_path = models.CharField(max_length=500, blank=True, default="", editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    scan_state = models.CharField(max_length=20, choices=ScanState, default=ScanState.NONE)

    # Deleted files wait here to be brought back, until `check_files` clears them away.
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        db_table = "attachments"
        ordering = ["-created_at", "-pk"]
        verbose_name = _("file")
        verbose_name_plural = _("files")
        indexes = [
            NamedIndex(fields=["model_type", "model_id"], name="idx_attachments_model"),
            NamedIndex(fields=["chat_id", "id"], name="idx_attachments_chat"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(scan_state__in=ScanState.values), name="attachments_scan_state"
            ),
            models.CheckConstraint(
                condition=models.Q(deleted_at__isnull=False) | models.Q(deleted_by__isnull=True),
                name="attachments_deleted",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def audit_label(self) -> str:
        """What the audit log calls it, whose readers need not know the customer."""
        return f"file {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("attachments:file", args=[self.uuid])

    @property
    def is_inline(self) -> bool:
        """True for what a browser may show on a page; all else is a download."""
        return file_types.is_inline(self.mime_type)

    @property
    def is_quarantined(self) -> bool:
        """True for what the virus scan holds back."""
        return self.scan_state == ScanState.QUARANTINED

    @property
    def kind(self) -> str:
        """image, audio, video or document: how it is shown."""
        return self.mime_type.split("/")[0] if self.is_inline else "document"

    @property
    def paths(self) -> tuple[str, ...]:
        """All that lies on storage for it; asks for its copy."""
        copies = AttachmentCopy.objects.filter(attachment=self).values_list("path", flat=True)
        return tuple(filter(None, (self.path, self.thumbnail_path, *copies)))

    @property
    def thumbnail_url(self) -> str:
        """The address of the small picture, "" when there is none."""
        if not self.thumbnail_path:
            return ""
        return reverse("attachments:thumbnail", args=[self.uuid])

    @property
    def playable_url(self) -> str:
        """The address of the copy that every browser plays, "" where none is needed."""
        if self.mime_type not in file_types.OGG:
            return ""
        return reverse("attachments:playable", args=[self.uuid])


class CopyState(models.TextChoices):
    PENDING = "pending", _("waiting")
    MADE = "made", _("made")
    FAILED = "failed", _("cannot be made")


class AttachmentCopy(Timestamped):
    """A voice note once more, in a form that every browser plays: the row is the work."""

    attachment = models.OneToOneField(Attachment, models.CASCADE, related_name="copy")
    path = models.CharField(max_length=500, blank=True, default="")
    state = models.CharField(max_length=10, choices=CopyState, default=CopyState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True, default="")

    objects = TimestampedQuerySet.as_manager()

    class Meta:
        db_table = "attachment_copies"
        verbose_name = _("playable copy")
        verbose_name_plural = _("playable copies")
        indexes = [NamedIndex(fields=["state", "due_at", "id"], name="idx_attachment_copies_due")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=CopyState.values), name="attachment_copies_state"
            )
        ]

    def __str__(self) -> str:
        return f"copy of file {self.attachment_id}"


# Users stand to the left of this app, so they take their files from here.
get_user_model().add_to_class("attachments", Files())
