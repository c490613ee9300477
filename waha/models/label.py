"""Labels of WhatsApp Business, as the phone has them."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from mercury.db.fields import ExactCharField
from mercury.db.indexes import NamedIndex
from mercury.db.models import Timestamped, TimestampedQuerySet
from waha.models.chat import WahaChat
from waha.models.session import WahaSession
from waha.models.sharing import session_ids

if TYPE_CHECKING:
    from accounts.models import User

LABEL_LENGTH = 100


class WahaLabelQuerySet(TimestampedQuerySet["WahaLabel"]):
    def visible_to(self, user: "User") -> Self:
        """Labels of the numbers `user` may see."""
        return self.filter(session_id__in=session_ids(user))

    def standing(self) -> Self:
        """Labels that are there and have a name."""
        return self.filter(is_removed=False).exclude(name="")


class WahaLabel(Timestamped):
    """A label of one number's account; WhatsApp's `label_id` names it.

    One that is deleted keeps its row, so that older news of it cannot bring it back.
    """

    session = models.ForeignKey(
        WahaSession, models.CASCADE, related_name="labels", db_index=False, db_constraint=False
    )
    label_id = ExactCharField(max_length=255)
    name = models.CharField(max_length=LABEL_LENGTH, blank=True, default="")
    color = models.CharField(max_length=20, blank=True, default="")
    is_removed = models.BooleanField(default=False)
    heard_at = models.DateTimeField(null=True, blank=True)

    objects = WahaLabelQuerySet.as_manager()

    class Meta:
        db_table = "waha_labels"
        ordering = ["name", "pk"]
        verbose_name = _("label")
        verbose_name_plural = _("labels")
        constraints = [
            models.UniqueConstraint(fields=["session", "label_id"], name="waha_labels_label_id")
        ]

    def __str__(self) -> str:
        return self.name


class WahaChatLabel(Timestamped):
    """Whether a chat has a label, and since when we know; what the list shows is on the chat."""

    chat = models.ForeignKey(WahaChat, models.CASCADE, related_name="chat_labels", db_index=False)
    label = models.ForeignKey(WahaLabel, models.CASCADE, related_name="chat_labels", db_index=False)
    is_set = models.BooleanField(default=True)
    heard_at = models.DateTimeField()

    objects = TimestampedQuerySet.as_manager()

    class Meta:
        db_table = "waha_chat_labels"
        indexes = [
            NamedIndex(fields=["label", "is_set", "chat"], name="idx_waha_chat_labels_label")
        ]
        constraints = [
            models.UniqueConstraint(fields=["chat", "label"], name="waha_chat_labels_chat_label")
        ]

    def __str__(self) -> str:
        return f"label {self.label_id} on chat {self.chat_id}"
