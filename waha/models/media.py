"""Files of messages that are still to be fetched from WAHA."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mercury.db.indexes import NamedIndex
from mercury.db.models import Timestamped, TimestampedQuerySet
from waha.models.message import MediaState


class WahaMedia(Timestamped):
    """The fetching of one message's file: the row is the work.

    `path` is taken from the payload without its host (FACTS: WAHA names its own idea of it).
    """

    session = models.ForeignKey(
        "waha.WahaSession", models.DO_NOTHING, related_name="+", db_constraint=False
    )
    chat = models.ForeignKey(
        "waha.WahaChat", models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    message = models.OneToOneField(
        "waha.WahaMessage", models.DO_NOTHING, related_name="media", db_constraint=False
    )
    message_created_at = models.DateTimeField()
    path = models.CharField(max_length=500, blank=True, default="")
    state = models.CharField(max_length=10, choices=MediaState, default=MediaState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True, default="")

    objects = TimestampedQuerySet.as_manager()

    class Meta:
        db_table = "waha_media"
        verbose_name = _("file of a message")
        verbose_name_plural = _("files of messages")
        indexes = [NamedIndex(fields=["state", "due_at", "id"], name="idx_waha_media_due")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=MediaState.values), name="waha_media_state"
            )
        ]

    def __str__(self) -> str:
        return f"file of message {self.message_id}"
