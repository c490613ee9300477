"""Blue ticks that customers are still to be shown."""

from django.db import models

from mercury.db.indexes import NamedIndex
from mercury.db.models import Timestamped, TimestampedQuerySet


class WahaSeen(Timestamped):
    """How far the customer of a chat was told that we have read: the row is the work.

    Counted in the chat's in_seq. `due_at` is set while `told_seq` is behind `wanted_seq`. Moved by
    `inbox.seen` alone; a table of its own, so that nothing here waits on waha_chats.
    """

    chat = models.OneToOneField(
        "waha.WahaChat", models.CASCADE, primary_key=True, related_name="+", db_constraint=False
    )
    wanted_seq = models.BigIntegerField(default=0)
    told_seq = models.BigIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    objects = TimestampedQuerySet.as_manager()

    class Meta:
        db_table = "waha_seen"
        indexes = [NamedIndex(fields=["due_at"], name="idx_waha_seen_due")]

    def __str__(self) -> str:
        return f"seen of chat {self.pk}"
