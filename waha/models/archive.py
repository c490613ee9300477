"""Archived messages, how far each month has got, and where each number's archive lies."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mercury.db.indexes import NamedIndex
from mercury.db.models import Timestamped, TimestampedQuerySet
from waha.models.message import MediaState, MessageFields, MessageQuerySet, MessageStatus
from waha.models.message import MessageType as Type


class WahaMessageArchiveQuerySet(MessageQuerySet["WahaMessageArchive"]):
    """Archived messages; the database is named by the caller."""


class WahaMessageArchive(MessageFields):
    """A message of an archived month, under the id it always had.

    On its number's shard when shards are set (WahaArchivePlace), so a query names the database
    by `whereabouts.archive_of` and joins nothing.
    """

    is_archived = True

    # A copy keeps the time of its row; what changes it here passes through QuerySet.update.
    updated_at = models.DateTimeField(default=timezone.now)

    objects = WahaMessageArchiveQuerySet.as_manager()

    class Meta:
        db_table = "waha_messages_archive"
        verbose_name = _("archived message")
        verbose_name_plural = _("archived messages")
        # Rows come from the archive's own commands; nobody adds or deletes one by hand.
        default_permissions = ("view",)
        indexes = [
            NamedIndex(fields=["session"], name="idx_archive_messages_session"),
            NamedIndex(fields=["created_at"], name="idx_archive_messages_created"),
            NamedIndex(fields=["chat", "-created_at", "-id"], name="idx_archive_messages_thread"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(type__in=Type.values), name="waha_messages_archive_type"
            ),
            models.CheckConstraint(
                condition=Q(status__in=MessageStatus.values), name="waha_messages_archive_status"
            ),
            models.CheckConstraint(
                condition=Q(media_state__in=MediaState.values),
                name="waha_messages_archive_media_state",
            ),
        ]


class ArchiveState(models.TextChoices):
    COPYING = "copying", _("being copied")
    VERIFYING = "verifying", _("being verified")
    VERIFIED = "verified", _("verified, still to be switched")
    ARCHIVED = "archived", _("archived, still to be freed")
    DROPPED = "dropped", _("archived")
    PURGED = "purged", _("deleted after its retention")


FLIPPED = (ArchiveState.ARCHIVED, ArchiveState.DROPPED, ArchiveState.PURGED)
"""States in which the archive is the truth about a month."""


class WahaArchiveMonth(Timestamped):
    """How far one month's rows for one database have got: the resume point of the archive.

    Its state is moved by `lifecycle` alone; all databases of a month are flipped together.
    """

    month = models.DateField(_("month"))
    # "default" or shard_0, shard_1, ...
    shard = models.CharField(max_length=50)
    state = models.CharField(max_length=10, choices=ArchiveState, default=ArchiveState.COPYING)
    last_id = models.BigIntegerField(default=0)
    rows = models.BigIntegerField(default=0)
    checksum = models.CharField(max_length=64, blank=True, default="")
    # Rows changed since then, less some clock skew, are copied again before the flip.
    started_at = models.DateTimeField(default=timezone.now)
    verified_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    dropped_at = models.DateTimeField(null=True, blank=True)
    purged_at = models.DateTimeField(null=True, blank=True)

    objects = TimestampedQuerySet.as_manager()

    class Meta:
        db_table = "waha_archive_months"
        ordering = ["month", "shard"]
        verbose_name = _("archived month")
        verbose_name_plural = _("archived months")
        constraints = [
            models.UniqueConstraint(fields=["month", "shard"], name="waha_archive_months_month"),
            models.CheckConstraint(
                condition=Q(state__in=ArchiveState.values), name="waha_archive_months_state"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} in {self.shard}"


class WahaArchivePlace(Timestamped):
    """The database in which one number's archive lies, whatever the number of shards is today.

    `moving_to` is set while `rebalance_shards` copies it elsewhere; reads stay here until then.
    """

    session = models.OneToOneField(
        "waha.WahaSession", models.CASCADE, primary_key=True, related_name="+"
    )
    shard = models.CharField(max_length=50)
    moving_to = models.CharField(max_length=50, blank=True, default="")
    # Where the move's copy has got to, and what is left behind to be deleted after the switch.
    last_id = models.BigIntegerField(default=0)
    leaving = models.CharField(max_length=50, blank=True, default="")
    switched_at = models.DateTimeField(null=True, blank=True)

    objects = TimestampedQuerySet.as_manager()

    class Meta:
        db_table = "waha_archive_places"
        verbose_name = _("place of an archive")
        verbose_name_plural = _("places of archives")

    def __str__(self) -> str:
        return f"archive of session {self.session_id} in {self.shard}"


class WahaArchiveGate(models.Model):
    """One row. Who writes to an old message shares its lock, who flips a month takes it alone."""

    id = models.SmallIntegerField(primary_key=True, default=1)

    class Meta:
        db_table = "waha_archive_gate"

    def __str__(self) -> str:
        return "archive gate"
