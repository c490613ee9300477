"""The audit log and the error log."""

from typing import Any, ClassVar, NoReturn, Self

from auditlog.models import AbstractLogEntry, LogEntryManager
from auditlog.registry import auditlog
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.translation import gettext_lazy as _

from mercury.db.fields import AddressField, ExactCharField
from mercury.db.indexes import NamedIndex
from mercury.db.models import Timestamped, TimestampedQuerySet

# What events call the records whose models carry the product's name.
NOUNS = {
    "wahasession": "session",
    "wahaserver": "server",
    "wahachat": "chat",
    "wahamessage": "message",
    "attachmenttype": "file_kind",
    "contactidentity": "identity",
}


class AppendOnly(Exception):
    """Somebody tried to change or delete audit entries."""


class AuditLogQuerySet(models.QuerySet["AuditLog"]):
    """Rows to read and to add; nothing here changes or deletes them."""

    def visible_to(self, user: Any) -> Self:
        """Everything for who may read the audit log, else nothing.

        An entry names records that its reader may not see: `audit.reading` shows those by
        their numbers and keeps their values back.
        """
        return self.all() if user.has_perm("audit.view_auditlog") else self.none()

    def of(self, record: models.Model) -> Self:
        """Entries about one record."""
        kind = ContentType.objects.get_for_model(record)
        return self.filter(content_type=kind, object_id=record.pk)

    def update(self, **values: Any) -> NoReturn:
        raise AppendOnly("Audit entries are never changed.")

    def delete(self) -> NoReturn:
        raise AppendOnly("Audit entries are never deleted; see `manage.py audit prune`.")

    def bulk_update(self, *args: Any, **options: Any) -> NoReturn:
        raise AppendOnly("Audit entries are never changed.")

    def remove_sealed(self) -> int:
        """Delete for good: only for retention, which keeps the seals of what it drops."""
        return int(self._raw_delete(self.db))


class AuditLogManager(LogEntryManager.from_queryset(AuditLogQuerySet)):  # type: ignore[misc]  # auditlog ships no types
    """auditlog's manager; rows are only ever added through it."""

    def log_create(self, instance: models.Model, force_log: bool = False, **values: Any) -> Any:
        """Write down a change of a tracked record, under its `audit_label` where it has one."""
        if values.get("changes") is None and not force_log:
            return None
        return self.create(**describe(instance), **values)

    def log_m2m_changes(
        self, changed: Any, instance: models.Model, operation: str, field: str, **values: Any
    ) -> Any:
        """Write down which records were tied to or untied from one, by their keys."""
        keys = sorted(each.pk for each in changed)
        if not keys:
            return None
        change = {field: {"type": "m2m", "operation": operation, "objects": keys}}
        return self.create(
            **describe(instance), action=AuditLog.Action.UPDATE, changes=change, **values
        )


def _is_empty(change: Any) -> bool:
    """Whether a new record neither had the value nor gets one."""
    return all(value is None or value == "" for value in change)


def describe(record: models.Model) -> dict[str, Any]:
    """The columns of an entry that say which record it is about."""
    return {
        "content_type": ContentType.objects.get_for_model(record),
        "object_pk": str(record.pk),
        "object_id": record.pk if isinstance(record.pk, int) else None,
        "object_repr": _label(record),
    }


def _label(record: models.Model) -> str:
    """What the log calls a record: by its number where its name holds what is hidden."""
    label = str(getattr(record, "audit_label", record))
    hidden = auditlog.get_model_fields(type(record))["mask_fields"] if is_tracked(record) else []
    values = [str(getattr(record, name)) for name in hidden]
    if any(len(value) > 1 and value in label for value in values):
        return f"{record._meta.verbose_name} {record.pk}"
    return label[:255]


def is_tracked(record: models.Model | type[models.Model]) -> bool:
    """Whether records of this kind write down their changes by themselves."""
    return bool(auditlog.contains(record if isinstance(record, type) else type(record)))


class AuditLog(AbstractLogEntry):  # type: ignore[misc]  # auditlog ships no types
    """Who did what to which record, from where. Rows are added, never changed.

    Stands on django-auditlog's abstract entry with its fields under the column names of the
    schema. No foreign key cascades or nulls: the log outlives what it speaks of.
    """

    content_type = models.ForeignKey(
        "contenttypes.ContentType",
        models.DO_NOTHING,
        db_column="auditable_type",
        db_constraint=False,
        related_name="+",
        null=True,
        verbose_name=_("kind of record"),
    )
    object_id = models.BigIntegerField(
        _("record"), db_column="auditable_id", blank=True, null=True, db_index=True
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        db_column="user_id",
        db_constraint=False,
        db_index=False,  # idx_audit_logs_user leads with user_type
        related_name="+",
        blank=True,
        null=True,
        verbose_name=_("who"),
    )
    remote_addr = AddressField(_("from address"), db_column="ip_address", blank=True, null=True)
    timestamp = models.DateTimeField(_("when"), db_column="created_at", auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    user_type = models.CharField(max_length=255, default="accounts.user")
    event = models.CharField(_("event"), max_length=255, default="")
    old_values = models.JSONField(null=True, blank=True)
    new_values = models.JSONField(null=True, blank=True)
    url = models.TextField(blank=True, default="")
    user_agent = models.TextField(blank=True, default="")
    tags = models.CharField(max_length=255, blank=True, default="")

    objects = AuditLogManager()

    class Meta:
        db_table = "audit_logs"
        get_latest_by = "timestamp"
        ordering = ["-timestamp", "-pk"]
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        # The permission to change or delete it does not exist.
        default_permissions = ("view",)
        indexes = [
            NamedIndex(fields=["user_type", "actor"], name="idx_audit_logs_user"),
            NamedIndex(fields=["timestamp", "id"], name="idx_audit_logs_created"),
            # Pages order by id, which every one of these ends with in the database.
            NamedIndex(fields=["content_type", "object_id"], name="idx_audit_logs_record"),
            NamedIndex(fields=["event"], name="idx_audit_logs_event"),
            NamedIndex(fields=["remote_addr"], name="idx_audit_logs_address"),
            NamedIndex(fields=["tags"], name="idx_audit_logs_tags"),
        ]

    EVENTS: ClassVar[dict[int, str]] = {0: "added", 1: "changed", 2: "deleted", 3: "viewed"}

    def __str__(self) -> str:
        return f"{self.event} {self.object_repr}"

    @property
    def changes(self) -> dict[str, list[Any]] | None:
        """auditlog's {field: [old, new]} over the two JSON columns."""
        old, new = self.old_values or {}, self.new_values or {}
        if self.old_values is None and self.new_values is None:
            return None
        return {field: [old.get(field), new.get(field)] for field in {**old, **new}}

    @changes.setter
    def changes(self, changes: dict[str, Any] | None) -> None:
        if changes is None:
            self.old_values = self.new_values = None
            return
        self.old_values, self.new_values = {}, {}
        for field, change in changes.items():
            if isinstance(change, dict):  # a relation: {"type": "m2m", "operation", "objects"}
                side = self.new_values if change.get("operation") == "add" else self.old_values
                side[field] = change.get("objects")
            elif not _is_empty(change):
                self.old_values[field], self.new_values[field] = change

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the row. Raises AppendOnly for one that is there already."""
        if self.pk is not None:
            raise AppendOnly("Audit entries are never changed.")
        if not self.event:
            model = self.content_type.model if self.content_type else ""
            noun = NOUNS.get(model, model)
            self.event = f"{noun}.{self.EVENTS.get(self.action, 'changed')}"
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly("Audit entries are never deleted; see `manage.py audit prune`.")


class AuditSeal(models.Model):
    """A range of entries and a hash over them and over the seal before; `audit.seals` makes it.

    `leaves` holds eight bytes of each row's hash, to say which one was changed.
    """

    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    entries = models.PositiveIntegerField()
    gaps = models.JSONField(default=list)
    is_late = models.BooleanField(default=False)
    oldest_at = models.DateTimeField()
    newest_at = models.DateTimeField(db_index=True)
    key_id = models.CharField(max_length=64)
    leaves = models.BinaryField()
    digest = ExactCharField(max_length=64)
    previous_hash = ExactCharField(max_length=64, blank=True, default="")
    hash = ExactCharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    purged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "audit_seals"
        default_permissions = ()
        indexes = [models.Index(fields=["is_late", "first_id"], name="idx_audit_seals_late")]

    def __str__(self) -> str:
        return f"seal {self.pk}: {self.first_id} to {self.last_id}"


class ErrorLogQuerySet(TimestampedQuerySet["ErrorLog"]):
    def visible_to(self, user: Any) -> Self:
        """Everything for who may read the error log, else nothing."""
        return self.all() if user.has_perm("audit.view_errorlog") else self.none()

    def open(self) -> Self:
        """Errors that nobody has resolved."""
        return self.filter(resolved_at__isnull=True)


class ErrorLog(Timestamped):
    """One kind of error, however often it happened."""

    level = models.CharField(_("level"), max_length=50)
    kind = models.CharField(_("kind"), max_length=255, blank=True, default="", db_default="")
    message = models.TextField(_("message"))
    context = models.JSONField(default=dict, blank=True)
    extra = models.JSONField(default=dict, blank=True)
    fingerprint = ExactCharField(max_length=64, unique=True)
    count = models.PositiveIntegerField(_("times"), default=1)
    first_seen_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField(auto_now_add=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    resolved_at = models.DateTimeField(null=True, blank=True)
    # Set when it happened first or again after it was resolved; cleared once a mail has told.
    alert_due_at = models.DateTimeField(null=True, blank=True, db_index=True)

    objects = ErrorLogQuerySet.as_manager()

    class Meta:
        db_table = "error_logs"
        indexes = [
            models.Index(fields=["resolved_at", "last_seen_at", "id"], name="idx_error_logs_state"),
            models.Index(fields=["last_seen_at", "id"], name="idx_error_logs_last"),
        ]
        ordering = ["-last_seen_at", "-pk"]
        verbose_name = _("error")
        verbose_name_plural = _("error log")
        # The pages of /ops/ have no model of their own.
        permissions = [("view_ops", "Can see how the installation runs")]

    def __str__(self) -> str:
        return self.message[:80]
