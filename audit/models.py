"""The audit log and the error log."""

from typing import Any, ClassVar

from auditlog.models import AbstractLogEntry, LogEntryManager
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from mercury.db.fields import AddressField, ExactCharField
from mercury.db.indexes import NamedIndex
from mercury.db.models import Timestamped


class AuditLogManager(LogEntryManager):  # type: ignore[misc]  # auditlog ships no types
    """auditlog's manager; rows are only ever added through it."""


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
        ]

    EVENTS: ClassVar[dict[int, str]] = {0: "created", 1: "updated", 2: "deleted", 3: "accessed"}

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
            else:
                self.old_values[field], self.new_values[field] = change

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.event:
            self.event = self.EVENTS.get(self.action, "updated")
        super().save(*args, **kwargs)


class ErrorLog(Timestamped):
    """One kind of error, however often it happened."""

    level = models.CharField(_("level"), max_length=50)
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

    class Meta:
        db_table = "error_logs"
        ordering = ["-last_seen_at", "-pk"]
        verbose_name = _("error")
        verbose_name_plural = _("error log")
        # The pages of /ops/ have no model of their own.
        permissions = [("view_ops", "Can see how the installation runs")]

    def __str__(self) -> str:
        return self.message[:80]
