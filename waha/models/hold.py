"""Legal holds: what must not be deleted, whatever the retention says."""

from collections.abc import Iterable

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.models import Contact
from mercury.db.models import Timestamped, TimestampedQuerySet
from waha.models.chat import WahaChat


class WahaHoldQuerySet(TimestampedQuerySet["WahaHold"]):
    def standing(self) -> "WahaHoldQuerySet":
        """Holds that nobody has released."""
        return self.filter(released_at__isnull=True)

    def chat_ids(self) -> set[int]:
        """Chats that are held, by themselves or through their contact."""
        held = self.standing()
        chats = WahaChat.objects.filter(
            Q(pk__in=held.filter(chat__isnull=False).values("chat_id"))
            | Q(contact_id__in=held.filter(contact__isnull=False).values("contact_id"))
        )
        return set(chats.values_list("pk", flat=True))

    def touching(self, chats: Iterable[int], contact_id: int | None) -> bool:
        """Whether one of these chats or this contact is held."""
        contacts = Q(contact_id=contact_id) if contact_id else Q(pk__in=[])
        return bool(set(chats) & self.chat_ids()) or self.standing().filter(contacts).exists()


class WahaHold(Timestamped):
    """A chat or a contact whose messages are evidence: nothing of them is deleted.

    Archiving goes on, for it only moves rows. Placed and released by `lifecycle.holds` alone.
    """

    chat = models.ForeignKey(
        WahaChat, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("chat")
    )
    contact = models.ForeignKey(
        Contact, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("contact")
    )
    reason = models.CharField(_("reason"), max_length=255)
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    released_at = models.DateTimeField(null=True, blank=True)

    objects = WahaHoldQuerySet.as_manager()

    class Meta:
        db_table = "waha_holds"
        ordering = ["-pk"]
        verbose_name = _("legal hold")
        verbose_name_plural = _("legal holds")
        constraints = [
            models.CheckConstraint(
                condition=Q(chat__isnull=False, contact__isnull=True)
                | Q(chat__isnull=True, contact__isnull=False),
                name="waha_holds_one_target",
            ),
        ]

    def __str__(self) -> str:
        return f"hold {self.pk}"
