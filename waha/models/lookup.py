"""What WAHA is still to be asked about the surroundings of chats."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mercury.db.indexes import NamedIndex
from mercury.db.models import Timestamped, TimestampedQuerySet


class LookupKind(models.TextChoices):
    GROUP = "group", _("who is in a group")
    LABELS = "labels", _("the labels of a number")
    LID = "lid", _("the phone behind a private id")
    LIDS = "lids", _("the phones behind private ids")
    MEMBERS = "members", _("the phones of a group's members")


class WahaLookup(Timestamped):
    """A question to WAHA: the row is the work, due while `due_at` is set.

    `ref` is the chat, 0 for what a number has at large. `place` is where a question of many turns
    goes on, `vain` how often the answer was that nobody knows. Worked off by `inbound.lookups`
    alone.
    """

    session = models.ForeignKey(
        "waha.WahaSession", models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    kind = models.CharField(max_length=10, choices=LookupKind)
    ref = models.BigIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True, default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    answered_at = models.DateTimeField(null=True, blank=True)
    place = models.BigIntegerField(default=0, db_default=0)
    vain = models.PositiveSmallIntegerField(default=0, db_default=0)
    last_error = models.CharField(max_length=255, blank=True, default="")

    objects = TimestampedQuerySet.as_manager()

    class Meta:
        db_table = "waha_lookups"
        indexes = [NamedIndex(fields=["due_at"], name="idx_waha_lookups_due")]
        constraints = [
            models.UniqueConstraint(fields=["session", "kind", "ref"], name="waha_lookups_what"),
            models.CheckConstraint(
                condition=Q(kind__in=LookupKind.values), name="waha_lookups_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of session {self.session_id}"
