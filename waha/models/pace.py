"""How fast a number may send: what spares it from being taken for a robot."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class WahaPace(models.Model):
    """A number's pace, its next free turn, and whether it is paused.

    Nothing points at this table, so that taking a turn waits for nobody but the next turn.
    """

    session = models.OneToOneField(
        "waha.WahaSession",
        models.DO_NOTHING,
        primary_key=True,
        related_name="+",
        db_constraint=False,
    )
    typing = models.BooleanField(_("show “typing…” first"), default=True)
    gap_ms = models.PositiveIntegerField(_("pause between two messages"), default=1000)
    cold_gap_seconds = models.PositiveIntegerField(
        _("pause between two first messages"), default=20
    )
    cold_a_day = models.PositiveIntegerField(_("first messages in 24 hours"), default=50)
    next_at = models.DateTimeField(default=timezone.now)
    next_cold_at = models.DateTimeField(default=timezone.now)
    # WhatsApp's error 463: no first messages until then.
    locked_until = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        db_table = "waha_paces"
        constraints = [
            models.CheckConstraint(
                condition=Q(paused_at__isnull=True) | Q(paused_by__isnull=False),
                name="waha_paces_paused_by",
            )
        ]

    def __str__(self) -> str:
        return f"pace of session {self.session_id}"
