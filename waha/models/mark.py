"""Stars and pins on messages."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mercury.db.indexes import NamedIndex
from mercury.db.models import TimestampedQuerySet
from waha.models.sharing import session_ids

if TYPE_CHECKING:
    from accounts.models import User


class MarkKind(models.TextChoices):
    STAR = "star", _("starred")
    PIN = "pin", _("pinned")


class WahaMarkQuerySet(TimestampedQuerySet["WahaMark"]):
    def visible_to(self, user: "User") -> Self:
        """Marks on messages of the numbers `user` may see."""
        return self.filter(session_id__in=session_ids(user))

    def standing(self) -> Self:
        """Marks that are there: neither taken away nor run out."""
        in_time = Q(until__isnull=True) | Q(until__gt=timezone.now())
        return self.filter(in_time, is_set=True)


class WahaMark(models.Model):
    """A star or a pin on a message, which may lie in the archive.

    Taking it away keeps the row, so that an older mark that arrives late cannot come back. A
    table of its own: a chat's few marked messages are found without walking its months.
    """

    session = models.ForeignKey(
        "waha.WahaSession", models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    chat_id = models.BigIntegerField()
    message_pk = models.BigIntegerField()
    kind = models.CharField(max_length=10, choices=MarkKind)
    is_set = models.BooleanField(default=True)
    until = models.DateTimeField(null=True, blank=True)
    marked_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = WahaMarkQuerySet.as_manager()

    class Meta:
        db_table = "waha_marks"
        indexes = [
            NamedIndex(
                fields=["chat_id", "kind", "is_set", "-marked_at"], name="idx_waha_marks_chat"
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["message_pk", "kind"], name="waha_marks_message"),
            models.CheckConstraint(condition=Q(kind__in=MarkKind.values), name="waha_marks_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} on message {self.message_pk}"
