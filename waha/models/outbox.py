"""The outbox: what is to be sent, and what became of it."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mercury.db.fields import ExactCharField
from mercury.db.indexes import NamedIndex
from mercury.db.models import Timestamped, TimestampedQuerySet


class OutboxState(models.TextChoices):
    QUEUED = "queued", _("queued")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed")
    UNKNOWN = "unknown", _("not confirmed")
    DISCARDED = "discarded", _("discarded")


class WahaOutbox(Timestamped):
    """One message on its way out. Its state is moved by `outbound.outbox` and `deliver` alone.

    `unknown` means that WhatsApp may have it: it is never sent again by a machine.
    """

    session = models.ForeignKey("waha.WahaSession", models.PROTECT, related_name="+")
    chat = models.ForeignKey("waha.WahaChat", models.PROTECT, related_name="+", db_index=False)
    message = models.OneToOneField(
        "waha.WahaMessage", models.DO_NOTHING, related_name="outbox", db_constraint=False
    )
    # The message's created_at, so that its partition is found without probing all of them.
    message_created_at = models.DateTimeField()
    client_token = ExactCharField(max_length=64, unique=True)
    state = models.CharField(max_length=10, choices=OutboxState, default=OutboxState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    owner = models.CharField(max_length=64, blank=True, default="")
    # Set in its own transaction just before the POST begins: a lease that ends after it means
    # `unknown`, one that ends before it means that nothing left us.
    posted_at = models.DateTimeField(null=True, blank=True)
    reserved_id = ExactCharField(max_length=255, blank=True, default="")
    last_error = models.TextField(blank=True, default="")

    objects = TimestampedQuerySet.as_manager()

    class Meta:
        db_table = "waha_outbox"
        verbose_name = _("message on its way")
        verbose_name_plural = _("messages on their way")
        indexes = [
            NamedIndex(fields=["state", "due_at", "id"], name="idx_waha_outbox_due"),
            NamedIndex(fields=["chat", "state"], name="idx_waha_outbox_chat"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=OutboxState.values), name="waha_outbox_state"
            )
        ]

    def __str__(self) -> str:
        return f"outbox {self.pk}"
