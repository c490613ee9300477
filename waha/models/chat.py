"""Chats, their addresses, and how far each user has read."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, FilteredRelation, Q
from django.db.models.functions import Coalesce, Greatest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from crm.models import Contact
from mercury.db.fields import ExactCharField
from mercury.db.indexes import NamedIndex
from mercury.db.models import Timestamped, TimestampedQuerySet
from waha.models.message import MessageStatus, MessageType
from waha.models.session import WahaSession
from waha.models.sharing import Level, session_ids

if TYPE_CHECKING:
    from accounts.models import User


class ChatKind(models.TextChoices):
    DIRECT = "direct", _("Direct")
    GROUP = "group", _("Group")
    CHANNEL = "channel", _("Channel")
    STATUS = "status", _("Status")


class ChatState(models.TextChoices):
    OPEN = "open", _("Open")
    RESOLVED = "resolved", _("Resolved")


class WahaChatQuerySet(TimestampedQuerySet["WahaChat"]):
    def visible_to(self, user: "User", level: Level = Level.VIEW) -> Self:
        """Chats of the numbers `user` may see (or where they hold at least `level`)."""
        return self.filter(session_id__in=session_ids(user, level))

    def with_unread(self, user: "User") -> Self:
        """Adds `unread`: exact, by subtraction. Without a row of their own, everybody's floor."""
        return self.annotate(
            own_read=FilteredRelation("reads", condition=Q(reads__user=user))
        ).annotate(
            unread=Greatest(F("in_seq") - Coalesce(F("own_read__read_seq"), F("read_floor")), 0)
        )

    def unread_by(self, user: "User") -> Self:
        """Chats with something that `user` has not read."""
        return self.filter(unread_by(user))


def unread_by(user: "User") -> Q:
    """Which chats `user` has not read to their end.

    What nobody has read, and where this user is behind others: the same chats as `with_unread`
    finds above 0, by two indexes instead of looking up a read row for every chat.
    """
    behind = ChatRead.objects.filter(user=user, is_behind=True).values("chat_id")
    return Q(in_seq__gt=F("read_floor")) | Q(pk__in=behind)


class WahaChat(Timestamped):
    """A conversation on one number, with what its row in the list shows denormalised."""

    session = models.ForeignKey(WahaSession, models.PROTECT, related_name="chats", db_index=False)
    chat_id = ExactCharField(max_length=255)
    name = models.CharField(max_length=255, blank=True, default="")
    # When the name was heard: events overtake each other, and an older name must not come back.
    named_at = models.DateTimeField(null=True, blank=True)
    kind = models.CharField(max_length=10, choices=ChatKind, default=ChatKind.DIRECT)
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="chats"
    )
    last_message_at = models.DateTimeField(null=True, blank=True)
    last_message_pk = models.BigIntegerField(null=True, blank=True)
    last_message_preview = models.CharField(max_length=255, blank=True, default="")
    last_message_type = models.CharField(max_length=20, choices=MessageType, blank=True, default="")
    last_message_from_me = models.BooleanField(default=False)
    last_message_sender = models.CharField(max_length=255, blank=True, default="")
    last_message_status = models.CharField(
        max_length=20, choices=MessageStatus, blank=True, default=""
    )
    first_message_at = models.DateTimeField(null=True, blank=True)
    in_seq = models.BigIntegerField(default=0)
    read_floor = models.BigIntegerField(default=0)
    state = models.CharField(max_length=10, choices=ChatState, default=ChatState.OPEN)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    snoozed_until = models.DateTimeField(null=True, blank=True)
    pinned = models.BooleanField(default=False)
    archived_at = models.DateTimeField(null=True, blank=True)
    # When the archive's state was heard: an older word on it must not come back.
    archive_heard_at = models.DateTimeField(null=True, blank=True)
    # [{"pk", "name", "color"}]: what the list shows of WahaChatLabel, written by waha.labels.
    labels = models.JSONField(null=True, blank=True)

    objects = WahaChatQuerySet.as_manager()

    class Meta:
        db_table = "waha_chats"
        verbose_name = _("chat")
        verbose_name_plural = _("chats")
        permissions = [
            ("assign_wahachat", "Can assign chats"),
            ("export_wahachat", "Can export chats"),
        ]
        indexes = [
            NamedIndex(fields=["session", "-updated_at"], name="idx_waha_chats_session_updated"),
            NamedIndex(
                fields=["session", "-last_message_at", "-id"], name="idx_waha_chats_session_last"
            ),
            # Number badges: 67 ms without it, a few with it, over 20,000 chats on MySQL 9.7.
            NamedIndex(fields=["session", "in_seq", "read_floor"], name="idx_waha_chats_unread"),
            NamedIndex(fields=["session", "pinned"], name="idx_waha_chats_session_pinned"),
            # The archive's tab: few of many.
            NamedIndex(fields=["session", "archived_at"], name="idx_waha_chats_archived"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["session", "chat_id"], name="waha_chats_chat_id"),
            models.CheckConstraint(condition=Q(kind__in=ChatKind.values), name="waha_chats_kind"),
            models.CheckConstraint(
                condition=Q(state__in=ChatState.values), name="waha_chats_state"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.chat_id.split("@")[0]

    @property
    def audit_label(self) -> str:
        """What the audit log calls it, whose readers need not know the customer."""
        return f"chat {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("inbox:chat", args=[self.pk])

    @property
    def is_group(self) -> bool:
        return self.kind == ChatKind.GROUP


class WahaChatAddress(models.Model):
    """An address of a chat: the phone and the LID form lead to the same one."""

    pk = models.CompositePrimaryKey("session_id", "address")
    session = models.ForeignKey(
        WahaSession, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    address = ExactCharField(max_length=255)
    chat = models.ForeignKey(WahaChat, models.CASCADE, related_name="addresses")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "waha_chat_addresses"

    def __str__(self) -> str:
        return str(self.address)


class ChatReadQuerySet(TimestampedQuerySet["ChatRead"]):
    def mark_behind(self, chat_id: int, floor: int) -> None:
        """Make `is_behind` true to the chat's floor; belongs wherever that or a place moves."""
        rows = self.filter(chat_id=chat_id)
        rows.filter(read_seq__lt=floor, is_behind=False).update(is_behind=True)
        rows.filter(read_seq__gte=floor, is_behind=True).update(is_behind=False)


class ChatRead(Timestamped):
    """How far a user has read a chat.

    `is_behind`: others have read further (`read_seq` < the chat's `read_floor`).
    """

    chat = models.ForeignKey(WahaChat, models.CASCADE, related_name="reads", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="chat_reads")
    last_read_message_id = ExactCharField(max_length=255, blank=True, default="")
    read_seq = models.BigIntegerField(default=0)
    is_behind = models.BooleanField(default=False, db_default=False)

    objects = ChatReadQuerySet.as_manager()

    class Meta:
        db_table = "chat_reads"
        indexes = [NamedIndex(fields=["user", "is_behind", "chat"], name="idx_chat_reads_behind")]
        constraints = [
            models.UniqueConstraint(fields=["chat", "user"], name="chat_reads_chat_user")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} read chat {self.chat_id} to {self.read_seq}"
