"""WAHA servers."""

from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import Can
from mercury.db.fields import WebAddressField
from mercury.db.models import SensitiveData, Timestamped, TimestampedQuerySet


class Engine(models.TextChoices):
    WEBJS = "WEBJS", "WEBJS"
    WPP = "WPP", "WPP"
    NOWEB = "NOWEB", "NOWEB"
    GOWS = "GOWS", "GOWS"


class WahaServerQuerySet(TimestampedQuerySet["WahaServer"]):
    def visible_to(self, user: User) -> Self:
        """All of them for whoever may see servers; they are the organisation's, not a number's."""
        return self if user.has_perm(Can.VIEW_SERVERS) else self.none()


class WahaServer(Timestamped):
    """One WAHA installation that runs sessions; its API key lies in sensitive_data."""

    name = models.CharField(_("name"), max_length=255, unique=True)
    url = WebAddressField(_("address"), max_length=500)
    engine = models.CharField(_("engine"), max_length=20, blank=True, default="")
    version = models.CharField(_("version"), max_length=50, blank=True, default="")
    last_seen_at = models.DateTimeField(_("last answered"), null=True, blank=True)
    accepts_new = models.BooleanField(_("takes new numbers"), default=True, db_default=True)
    max_sessions = models.PositiveIntegerField(
        _("most numbers"),
        null=True,
        blank=True,
        help_text=_("Empty: as many as come. New numbers go where there is most room."),
    )
    last_error = models.CharField(max_length=255, blank=True, default="", db_default="")
    secret = models.ForeignKey(
        SensitiveData, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    objects = WahaServerQuerySet.as_manager()

    class Meta:
        db_table = "waha_servers"
        ordering = ["name"]
        verbose_name = _("WAHA server")
        verbose_name_plural = _("WAHA servers")

    def __str__(self) -> str:
        return self.name

    @property
    def api_key(self) -> str:
        """The decrypted key, empty when there is none. Costs a query unless `secret` is loaded."""
        values: dict[str, Any] = self.secret.open() if self.secret else {}
        return str(values.get("api_key", ""))
