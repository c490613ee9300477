"""The journal of raw events, and the lease under which each session's are applied."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mercury.db.fields import ExactCharField
from mercury.db.indexes import NamedIndex


class EventState(models.TextChoices):
    NEW = "new", _("waiting")
    PARKED = "parked", _("waiting for its message")
    DONE = "done", _("applied")
    DEAD = "dead", _("dead")


class WahaEvent(models.Model):
    """One webhook as it came: raw bytes, committed before we answered 200.

    Its state is moved by `inbound.journal` alone.
    """

    session = models.ForeignKey(
        "waha.WahaSession",
        models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    event = ExactCharField(max_length=255)
    envelope_id = ExactCharField(max_length=255)
    request_id = models.CharField(max_length=255, blank=True, default="")
    body = models.BinaryField()
    state = models.CharField(max_length=10, choices=EventState, default=EventState.NEW)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    # The raw id of the message that a parked event speaks of.
    waiting_for = ExactCharField(max_length=255, null=True, blank=True)
    last_error = models.TextField(blank=True, default="")
    received_at = models.DateTimeField(default=timezone.now)
    processed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "waha_events"
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            NamedIndex(fields=["state", "session", "id"], name="idx_waha_events_state"),
            # NULL for all but the few parked ones, so that inserts hardly touch it.
            NamedIndex(fields=["session", "waiting_for"], name="idx_waha_events_waiting"),
            # The journal page counts by hour; without it that reads every body.
            NamedIndex(fields=["received_at", "session", "state"], name="idx_waha_events_hour"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "event", "envelope_id"], name="waha_events_envelope"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=EventState.values), name="waha_events_state"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.envelope_id}"


class WahaEventCount(models.Model):
    """How many webhooks of a session were answered with 200 in an hour, by whoever answered.

    Counted apart from the rows themselves, so that the two can be compared.
    """

    pk = models.CompositePrimaryKey("session_id", "hour")
    session = models.ForeignKey(
        "waha.WahaSession",
        models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    hour = models.DateTimeField()
    received = models.PositiveIntegerField(default=0)
    repeated = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "waha_event_counts"
        indexes = [NamedIndex(fields=["hour"], name="idx_waha_event_counts_hour")]

    def __str__(self) -> str:
        return f"events of session {self.session_id} at {self.hour:%Y-%m-%d %H}"


class WahaDrain(models.Model):
    """The lease on a session's events: one drain at a time. Nothing points at this table."""

    session = models.OneToOneField(
        "waha.WahaSession",
        models.DO_NOTHING,
        primary_key=True,
        related_name="+",
        db_constraint=False,
    )
    lease_until = models.DateTimeField(null=True, blank=True)
    owner = models.CharField(max_length=64, blank=True, default="")
    attempts = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "waha_drains"

    def __str__(self) -> str:
        return f"drain of session {self.session_id}"
