"""What changed, for the screens that show it."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from waha.models.sharing import session_ids

if TYPE_CHECKING:
    from accounts.models import User


class UpdateKind(models.TextChoices):
    MESSAGE = "message", _("a new message")
    CHANGE = "change", _("a message changed: tick, edit, reaction, file")
    CHAT = "chat", _("a chat changed")
    READ = "read", _("a user read a chat")
    SESSION = "session", _("a number changed")
    CALL = "call", _("a call")
    GONE = "gone", _("a message was taken off the screen")
    ACCESS = "access", _("what a user may see changed")


class WahaUpdateQuerySet(models.QuerySet["WahaUpdate"]):
    def visible_to(self, user: "User") -> Self:
        """Updates of the numbers `user` may see, without other people's reading."""
        everybody = Q(session_id__in=session_ids(user)) & (
            Q(user_id__isnull=True) | Q(user_id=user.pk)
        )
        # Their own access belongs to no number, least of all to one that was just taken away.
        return self.filter(everybody | Q(kind=UpdateKind.ACCESS, user_id=user.pk))


class WahaUpdate(models.Model):
    """A pointer to what changed, written in the transaction of the change; it holds no content.

    Written by `waha.updates` alone. `ref` is the primary key of the message, call or session.
    `user_id` is set for what only concerns one user, such as their reading.
    """

    session_id = models.BigIntegerField()
    chat_id = models.BigIntegerField(null=True, blank=True)
    user_id = models.BigIntegerField(null=True, blank=True)
    kind = models.CharField(max_length=10, choices=UpdateKind)
    ref = models.BigIntegerField(null=True, blank=True)
    from_me = models.BooleanField(default=False, db_default=False)
    # A live message of a customer, one that raised in_seq: the screens ring.
    incoming = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = WahaUpdateQuerySet.as_manager()

    class Meta:
        db_table = "waha_updates"
        ordering = ["pk"]
        indexes = [models.Index(fields=["created_at"], name="idx_waha_updates_created")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=UpdateKind.values), name="waha_updates_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} in session {self.session_id}"
