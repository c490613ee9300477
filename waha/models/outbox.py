"""The outbox: what is to be sent, and what became of it."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mercury.db.fields import ExactCharField
from mercury.db.indexes import NamedIndex
from mercury.db.models import Timestamped, TimestampedQuerySet
from waha.models.pace import WahaPace
from waha.models.sharing import Level, session_ids

if TYPE_CHECKING:
    from accounts.models import User


ALIVE = timedelta(minutes=1)


class OutboxState(models.TextChoices):
    QUEUED = "queued", _("queued")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed")
    UNKNOWN = "unknown", _("not confirmed")
    DISCARDED = "discarded", _("discarded")


class WahaOutboxQuerySet(TimestampedQuerySet["WahaOutbox"]):
    def visible_to(self, user: "User", level: Level = Level.VIEW) -> Self:
        """Sends of the numbers `user` may see (or where they hold at least `level`)."""
        return self.filter(session_id__in=session_ids(user, level))

    def on_their_way(self) -> Self:
        """What waits, is being sent, or is not confirmed."""
        return self.filter(state__in=(OutboxState.QUEUED, OutboxState.SENDING, OutboxState.UNKNOWN))

    def overdue(self, now: datetime) -> Self:
        """What should have gone out by now: not paused, not behind another of its chat.

        Nor of a number that sent something in the last minute: that one keeps its pace.
        """
        kept = WahaPace.objects.using(self.db).filter(
            models.Q(paused_at__isnull=False) | models.Q(next_at__gte=now - ALIVE)
        )
        ahead = WahaOutbox.objects.filter(
            chat=models.OuterRef("chat"),
            pk__lt=models.OuterRef("pk"),
            state__in=(OutboxState.QUEUED, OutboxState.SENDING),
        )
        return (
            self.filter(state=OutboxState.QUEUED, due_at__lt=now)
            .exclude(session__in=list(kept.values_list("pk", flat=True)))
            .exclude(models.Exists(ahead))
        )


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
    # The first message of a chat: WhatsApp watches how many people a number writes to unasked.
    is_first = models.BooleanField(default=False, db_default=False)
    # Since when the customer sees us typing; it has had its turn then.
    typing_since = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True, default="")

    objects = WahaOutboxQuerySet.as_manager()

    class Meta:
        db_table = "waha_outbox"
        verbose_name = _("message on its way")
        verbose_name_plural = _("messages on their way")
        indexes = [
            NamedIndex(fields=["state", "due_at", "id"], name="idx_waha_outbox_due"),
            NamedIndex(fields=["chat", "state"], name="idx_waha_outbox_chat"),
            NamedIndex(fields=["session", "is_first", "posted_at"], name="idx_waha_outbox_first"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=OutboxState.values), name="waha_outbox_state"
            )
        ]

    def __str__(self) -> str:
        return f"outbox {self.pk}"
