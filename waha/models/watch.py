"""What is written down about a number's life: its states, what was fetched, what is missing."""

from datetime import datetime
from typing import TYPE_CHECKING, Self, TypeVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mercury.db.fields import ExactCharField
from mercury.db.indexes import NamedIndex
from mercury.db.models import Timestamped, TimestampedQuerySet
from waha.models.sharing import session_ids

if TYPE_CHECKING:
    from accounts.models import User


Row = TypeVar("Row", bound=models.Model)


class OfNumbers(models.QuerySet[Row]):
    def visible_to(self, user: "User") -> Self:
        """Rows of the numbers `user` may see."""
        return self.filter(session_id__in=session_ids(user))


class WahaSessionState(models.Model):
    """One state a number was in, in WAHA's word; written by `sessions.apply_status` alone.

    `heard`: WAHA told us by itself; else we found out by asking, which is a sign that its
    webhooks do not arrive.
    """

    session = models.ForeignKey(
        "waha.WahaSession", models.CASCADE, related_name="states", db_index=False
    )
    waha_status = models.CharField(max_length=50)
    at = models.DateTimeField()
    heard = models.BooleanField(default=True)
    me_id = ExactCharField(max_length=255, blank=True, default="")

    objects = OfNumbers["WahaSessionState"].as_manager()

    class Meta:
        db_table = "waha_session_states"
        indexes = [NamedIndex(fields=["session", "at"], name="idx_waha_session_states_at")]

    def __str__(self) -> str:
        return f"{self.waha_status} of session {self.session_id}"


class SyncKind(models.TextChoices):
    RECONCILE = "reconcile", _("missed messages")
    IMPORT = "import", _("older chats")


class SyncState(models.TextChoices):
    DUE = "due", _("waiting")
    DONE = "done", _("done")
    FAILED = "failed", _("given up")


class WahaSync(Timestamped):
    """One reading of a number's history over REST: the row is the work and the place it got to.

    Moved by `inbound.reconcile` alone, a few pages at a time under a lease. `chats` is what is
    left to read (["all"] where the engine can read across chats), `offset` the place in the
    first of them. `found` counts what we did not have.
    """

    session = models.ForeignKey(
        "waha.WahaSession", models.CASCADE, related_name="syncs", db_index=False
    )
    kind = models.CharField(max_length=10, choices=SyncKind)
    state = models.CharField(max_length=10, choices=SyncState, default=SyncState.DUE)
    # The good time it begins at, without the overlap.
    since = models.DateTimeField()
    until = models.DateTimeField()
    # From when on is read; kept, because a place in the pages counts from there.
    reads_from = models.DateTimeField(null=True, blank=True)
    # From when on nothing could come in; null for a routine look.
    outage_from = models.DateTimeField(null=True, blank=True)
    chats = models.JSONField(default=list, blank=True)
    is_listed = models.BooleanField(default=False)
    offset = models.PositiveIntegerField(default=0)
    chats_total = models.PositiveIntegerField(default=0)
    chats_done = models.PositiveIntegerField(default=0)
    read = models.PositiveIntegerField(default=0)
    found = models.PositiveIntegerField(default=0)
    oldest_at = models.DateTimeField(null=True, blank=True)
    # The newest of what we did not have.
    newest_found_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=255, blank=True, default="")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = TimestampedQuerySet.as_manager()

    class Meta:
        db_table = "waha_syncs"
        indexes = [
            NamedIndex(fields=["state", "due_at"], name="idx_waha_syncs_due"),
            NamedIndex(fields=["session", "kind", "-id"], name="idx_waha_syncs_session"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=SyncKind.values), name="waha_syncs_kind"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=SyncState.values), name="waha_syncs_state"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of session {self.session_id}"


class WahaGapQuerySet(OfNumbers["WahaGap"]):
    def over(self, session_id: int, chat_id: int, begins: datetime, ends: datetime) -> Self:
        """Gaps that end in this stretch of a chat, oldest first."""
        return self.filter(
            models.Q(chat__isnull=True) | models.Q(chat_id=chat_id),
            session_id=session_id,
            ends_at__gt=begins,
            ends_at__lte=ends,
        ).order_by("ends_at")


class WahaGap(models.Model):
    """A time in which messages may be missing for good: WAHA itself has no history of it.

    Of one chat, or of the whole number where `chat` is null.
    """

    session = models.ForeignKey(
        "waha.WahaSession", models.CASCADE, related_name="gaps", db_index=False
    )
    chat = models.ForeignKey(
        "waha.WahaChat", models.CASCADE, null=True, blank=True, related_name="+"
    )
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects = WahaGapQuerySet.as_manager()

    class Meta:
        db_table = "waha_gaps"
        indexes = [NamedIndex(fields=["session", "ends_at"], name="idx_waha_gaps_session")]

    def __str__(self) -> str:
        return f"gap of session {self.session_id}"
