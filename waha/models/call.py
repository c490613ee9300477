"""Calls."""

from datetime import timedelta
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mercury.db.fields import ExactCharField
from mercury.db.indexes import NamedIndex
from mercury.db.models import Timestamped, TimestampedQuerySet
from waha.models.chat import WahaChat
from waha.models.session import WahaSession
from waha.models.sharing import session_ids

if TYPE_CHECKING:
    from accounts.models import User

RINGS_FOR = timedelta(minutes=1)
"""WhatsApp lets a phone ring for less; WAHA never tells of the end of a call nobody took."""


A_DAY = timedelta(days=1)


class CallType(models.TextChoices):
    RECEIVED = "received", _("received")
    ACCEPTED = "accepted", _("accepted")
    REJECTED = "rejected", _("rejected")


class CallState(models.TextChoices):
    """What became of a call, as people see it."""

    RINGING = "ringing", _("ringing")
    MISSED = "missed", _("missed")
    DECLINED = "declined", _("declined")
    ANSWERED = "answered", _("answered")


class WahaCallQuerySet(TimestampedQuerySet["WahaCall"]):
    def visible_to(self, user: "User") -> Self:
        """Calls of the numbers `user` may see."""
        return self.filter(session_id__in=session_ids(user))

    def answered(self) -> Self:
        """Calls that somebody took, on the phone: WAHA cannot take any."""
        return self.filter(type=CallType.ACCEPTED)

    def unanswered(self) -> Self:
        """Calls that ended without anybody taking them: declined, hung up, or not heard."""
        rings_no_more = models.Q(started_at__lt=timezone.now() - RINGS_FOR)
        return self.filter(
            models.Q(type=CallType.REJECTED) | (models.Q(type=CallType.RECEIVED) & rings_no_more)
        )

    def to_call_back(self) -> Self:
        """Unanswered calls that nobody has seen to."""
        return self.unanswered().filter(handled_at__isnull=True)

    def of_same_caller(self, call: "WahaCall") -> Self:
        """The caller's calls to the same number; of an unknown caller, `call` alone."""
        if call.chat_id:
            return self.filter(session_id=call.session_id, chat_id=call.chat_id)
        if call.from_id:
            return self.filter(session_id=call.session_id, from_id=call.from_id)
        return self.filter(pk=call.pk)


class WahaCall(Timestamped):
    """A call to a number: one row from its first ring to its end."""

    session = models.ForeignKey(WahaSession, models.PROTECT, related_name="calls", db_index=False)
    call_id = ExactCharField(max_length=255)
    from_id = ExactCharField(max_length=255, db_column="from", blank=True, default="")
    to_id = ExactCharField(max_length=255, db_column="to", blank=True, default="")
    type = models.CharField(max_length=20, choices=CallType, default=CallType.RECEIVED)
    is_video = models.BooleanField(default=False)
    is_group = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    chat = models.ForeignKey(WahaChat, models.SET_NULL, null=True, blank=True, related_name="calls")
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    handled_at = models.DateTimeField(null=True, blank=True)

    objects = WahaCallQuerySet.as_manager()

    class Meta:
        db_table = "waha_calls"
        ordering = ["-started_at", "-pk"]
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        indexes = [
            NamedIndex(fields=["session", "type"], name="idx_waha_calls_session_type"),
            NamedIndex(fields=["session", "-started_at", "-id"], name="idx_waha_calls_started"),
            # A chat's calls stand in its thread; it serves the foreign key, too.
            NamedIndex(fields=["chat", "-started_at", "-id"], name="idx_waha_calls_thread"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["session", "call_id"], name="waha_calls_call_id"),
            models.CheckConstraint(
                condition=models.Q(type__in=CallType.values), name="waha_calls_type"
            ),
            models.CheckConstraint(
                condition=models.Q(handled_by__isnull=True, handled_at__isnull=True)
                | models.Q(handled_by__isnull=False, handled_at__isnull=False),
                name="waha_calls_handled",
            ),
        ]

    def __str__(self) -> str:
        return f"call {self.pk}"

    def get_absolute_url(self) -> str:
        """Where it stands in its chat's thread; the list of calls for one without a chat."""
        if self.chat_id is None:
            return reverse("calls:list")
        day = timezone.localdate(self.started_at)
        # The newest page of a chat opens at its end, with what is unread; an old call is not on it.
        place = f"?date={day:%Y-%m-%d}" if day < timezone.localdate() - A_DAY else ""
        return f"{reverse('inbox:chat', args=[self.chat_id])}{place}#call-{self.pk}"

    @property
    def state(self) -> CallState:
        """What became of it; that nobody heard it is known once it has rung for long enough."""
        if self.type == CallType.ACCEPTED:
            return CallState.ANSWERED
        if self.type == CallType.REJECTED:
            return CallState.DECLINED
        recent = timezone.now() - self.started_at <= RINGS_FOR
        return CallState.RINGING if recent else CallState.MISSED

    @property
    def is_missed(self) -> bool:
        """Nobody took or declined it while it rang."""
        return self.state == CallState.MISSED

    @property
    def is_ringing(self) -> bool:
        """It may still be taken."""
        return self.state == CallState.RINGING

    @property
    def is_unanswered(self) -> bool:
        """It ended without anybody taking it."""
        return self.state in {CallState.MISSED, CallState.DECLINED}

    @property
    def seconds(self) -> float | None:
        """How long they spoke, where the end was told."""
        if self.state != CallState.ANSWERED or self.ended_at is None:
            return None
        return (self.ended_at - self.started_at).total_seconds()
