"""Sessions: WhatsApp numbers as WAHA runs them."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from crm.models import Company
from mercury.db.fields import ExactCharField
from mercury.db.models import SensitiveData, Timestamped, TimestampedQuerySet
from mercury.ui import phones
from waha.models.server import WahaServer
from waha.models.sharing import Level, levels, session_ids

if TYPE_CHECKING:
    from django.db.models import QuerySet


class SessionStatus(models.TextChoices):
    CONNECTING = "connecting", _("connecting")
    SCAN_QR = "scan_qr", _("waiting for the QR code")
    WORKING = "working", _("working")
    FAILED = "failed", _("failed")
    STOPPED = "stopped", _("stopped")


class SeenPolicy(models.TextChoices):
    """When the customer's ticks turn blue."""

    ON_OPEN = "open", _("when somebody opens the chat")
    ON_REPLY = "reply", _("when somebody replies")
    NEVER = "never", _("never")


class Alarm(models.TextChoices):
    """What the watchdog found, although WAHA says that the number works."""

    NONE = "", _("none")
    SILENT = "silent", _("nothing comes in at a time when there is always something")
    DEAF = "deaf", _("messages reach WAHA but not us")
    CONFIG = "config", _("WAHA does not keep our settings")


# WhatsApp drops connections and takes them up again within seconds, all day long.
PATIENCE = timedelta(seconds=10)


class WahaSessionQuerySet(TimestampedQuerySet["WahaSession"]):
    def visible_to(self, user: User, level: Level = Level.VIEW) -> Self:
        """Numbers `user` may see (or where they hold at least `level`).

        The one place this rule is written; chats, messages, calls and files pass the same ids
        on. A list, not a subquery: MySQL runs `IN (... UNION ...)` once per row.
        """
        return self.filter(pk__in=session_ids(user, level))

    def kept(self) -> Self:
        """Numbers that were not taken off."""
        return self.filter(removed_at__isnull=True)

    def working(self) -> Self:
        """Numbers that are connected."""
        return self.filter(status=SessionStatus.WORKING)

    def with_message_count(self) -> Self:
        """Adds `message_count`; counts every message, so for reports, not for pages."""
        return self.annotate(message_count=models.Count("messages"))


class WahaSession(Timestamped):
    """A WhatsApp number as WAHA runs it. Its status is moved by `sessions.apply_status` alone."""

    name = ExactCharField(_("session name"), max_length=255, unique=True)
    title = models.CharField(_("title"), max_length=255, blank=True, default="")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="owned_sessions",
        verbose_name=_("owner"),
    )
    status = models.CharField(
        _("status"), max_length=20, choices=SessionStatus, default=SessionStatus.STOPPED
    )
    config = models.JSONField(default=dict, blank=True)
    server = models.ForeignKey(WahaServer, models.PROTECT, related_name="sessions")
    waha_name = ExactCharField(_("name on the WAHA server"), max_length=255)
    company = models.ForeignKey(
        Company, models.PROTECT, null=True, blank=True, related_name="numbers"
    )
    phone = models.CharField(_("phone"), max_length=255, blank=True, default="")
    me_id = ExactCharField(max_length=255, blank=True, default="")
    waha_status = models.CharField(max_length=50, blank=True, default="")
    status_changed_at = models.DateTimeField(null=True, blank=True)
    last_event_at = models.DateTimeField(null=True, blank=True)
    last_synced_at = models.DateTimeField(null=True, blank=True)
    push_name = models.CharField(max_length=255, blank=True, default="", db_default="")
    # The state before this one, in WAHA's word, which tells why a number failed.
    came_from = models.CharField(max_length=50, blank=True, default="", db_default="")
    left_working_at = models.DateTimeField(null=True, blank=True)
    # Another account that turned up under this name; nothing is let in until somebody decides.
    stranger_id = ExactCharField(max_length=255, blank=True, default="", db_default="")
    # Whether people want it to run, so that a WAHA that forgot it may be reminded.
    is_wanted = models.BooleanField(default=False, db_default=False)
    removed_at = models.DateTimeField(null=True, blank=True)
    # All of its history up to here is in our journal.
    reconciled_to = models.DateTimeField(null=True, blank=True)
    alarm = models.CharField(
        max_length=10, choices=Alarm, blank=True, default=Alarm.NONE, db_default=Alarm.NONE
    )
    alarm_at = models.DateTimeField(null=True, blank=True)
    restarted_at = models.DateTimeField(null=True, blank=True)
    config_put_at = models.DateTimeField(null=True, blank=True)
    seen_policy = models.CharField(
        _("blue ticks"), max_length=10, choices=SeenPolicy, default=SeenPolicy.ON_OPEN
    )
    secret = models.ForeignKey(
        SensitiveData, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    objects = WahaSessionQuerySet.as_manager()

    class Meta:
        db_table = "waha_sessions"
        ordering = ["title", "name"]
        verbose_name = _("number")
        verbose_name_plural = _("numbers")
        permissions = [
            ("reply_wahasession", _("Can reply on a number")),
            ("manage_wahasession", _("Can manage a number")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["server", "waha_name"], name="waha_sessions_waha_name"),
            models.CheckConstraint(
                condition=models.Q(status__in=SessionStatus.values), name="waha_sessions_status"
            ),
            models.CheckConstraint(
                condition=models.Q(alarm__in=Alarm.values), name="waha_sessions_alarm"
            ),
            models.CheckConstraint(
                condition=models.Q(seen_policy__in=SeenPolicy.values),
                name="waha_sessions_seen_policy",
            ),
        ]

    def __str__(self) -> str:
        return phones.name(self.title or self.name)

    def get_absolute_url(self) -> str:
        return f"{reverse('inbox:list')}?number={self.pk}"

    @property
    def users(self) -> "QuerySet[User]":
        """The people this number is shared with directly, each once."""
        return User.objects.get_queryset().filter(pk__in=self.user_grants.values("user_id"))

    @property
    def is_working(self) -> bool:
        return self.status == SessionStatus.WORKING

    @property
    def calls_policy(self) -> dict[str, Any]:
        """Whether the number declines calls by itself: `declines`, and `reply`, "" for none."""
        kept = self.config.get("calls") or {}
        return {"declines": bool(kept.get("declines")), "reply": str(kept.get("reply", ""))}

    @property
    def shown_status(self) -> SessionStatus:
        """The status that people are shown: a reconnection of a few seconds is no trouble."""
        left = self.left_working_at
        if self.status == SessionStatus.CONNECTING and left and timezone.now() - left < PATIENCE:
            return SessionStatus.WORKING
        return SessionStatus(self.status)

    @property
    def hmac_keys(self) -> list[str]:
        """The webhook keys that are valid now, newest first; two while one is being replaced."""
        values: dict[str, Any] = self.secret.open() if self.secret else {}
        return [str(key) for key in values.get("hmac_keys", [])]

    def level_of(self, user: User) -> Level | None:
        """What `user` may do here, or None."""
        return levels(user).get(self.pk)
