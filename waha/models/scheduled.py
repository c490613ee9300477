"""Messages that are written now and sent later."""

from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from mercury.db.fields import ExactCharField
from mercury.db.indexes import NamedIndex
from mercury.db.models import Timestamped, TimestampedQuerySet
from waha.models.chat import WahaChat
from waha.models.message import MessageType
from waha.models.session import WahaSession
from waha.models.sharing import Level, session_ids

if TYPE_CHECKING:
    from accounts.models import User


class ScheduledState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    QUEUED = "queued", _("handed over")
    CANCELLED = "cancelled", _("cancelled")
    FAILED = "failed", _("not sent")


class WahaScheduledQuerySet(TimestampedQuerySet["WahaScheduled"]):
    def visible_to(self, user: "User", level: Level = Level.VIEW) -> Self:
        """Those of the numbers `user` may see (or where they hold at least `level`)."""
        return self.filter(session_id__in=session_ids(user, level))

    def waiting(self) -> Self:
        """Those that are still to be sent."""
        return self.filter(state=ScheduledState.WAITING)


class WahaScheduled(Timestamped):
    """A message for later. It becomes one when its time comes; `scheduled` alone moves it.

    Its file, if it has one, is kept with this row until then.
    """

    session = models.ForeignKey(WahaSession, models.PROTECT, related_name="+")
    chat = models.ForeignKey(WahaChat, models.PROTECT, related_name="+", db_index=False)
    content = models.TextField()
    # What else the message will have, by its columns: type, extra, what it answers; NULL: a text.
    message = models.JSONField(null=True, blank=True)
    send_at = models.DateTimeField()
    # When it is looked at next: send_at, or later while the number is not connected.
    due_at = models.DateTimeField()
    # "Not if the customer writes first": how far they had written when it was planned.
    unless_written = models.BooleanField(default=False)
    in_seq = models.BigIntegerField(default=0)
    state = models.CharField(max_length=10, choices=ScheduledState, default=ScheduledState.WAITING)
    reason = models.TextField(blank=True, default="")
    client_token = ExactCharField(max_length=64, unique=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = WahaScheduledQuerySet.as_manager()

    class Meta:
        db_table = "waha_scheduled"
        verbose_name = _("message for later")
        verbose_name_plural = _("messages for later")
        indexes = [
            NamedIndex(fields=["state", "due_at", "id"], name="idx_waha_scheduled_due"),
            NamedIndex(fields=["chat", "state", "send_at"], name="idx_waha_scheduled_chat"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=ScheduledState.values), name="waha_scheduled_state"
            )
        ]

    def __str__(self) -> str:
        return f"message for later {self.pk}"

    @property
    def values(self) -> dict[str, Any]:
        """The columns of the message it becomes."""
        return {"type": MessageType.TEXT, **(self.message or {}), "content": self.content}

    @property
    def kind(self) -> str:
        """What it is in a word, "" for a text."""
        kind = MessageType(self.values["type"])
        return "" if kind == MessageType.TEXT else str(kind.label)

    @property
    def line(self) -> str:
        """Its words, or what the file, the place, the contact or the poll is called."""
        extra = self.values.get("extra") or {}
        names = [
            self.content,
            self.values.get("media_name"),
            (extra.get("location") or {}).get("name"),
            *(each.get("name") for each in extra.get("contacts") or ()),
            (extra.get("poll") or {}).get("name"),
        ]
        return " ".join(next((name for name in names if name), "").split())
