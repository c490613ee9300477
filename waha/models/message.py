"""Messages, the keys that say whether we have one, and reactions."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attachments.fields import Files
from mercury.db.fields import ExactCharField
from mercury.db.ids import new_id
from mercury.db.indexes import NamedIndex
from mercury.db.models import TimestampedQuerySet
from waha.models.sharing import session_ids

if TYPE_CHECKING:
    from accounts.models import User


class MessageType(models.TextChoices):
    TEXT = "text", _("Text")
    IMAGE = "image", _("Photo")
    DOCUMENT = "document", _("Document")
    AUDIO = "audio", _("Audio")
    VIDEO = "video", _("Video")
    VOICE = "voice", _("Voice message")
    STICKER = "sticker", _("Sticker")
    LOCATION = "location", _("Location")
    CONTACT = "contact", _("Contact")
    POLL = "poll", _("Poll")
    SYSTEM = "system", _("Notice")
    UNSUPPORTED = "unsupported", _("Unsupported message")


class MessageStatus(models.TextChoices):
    PENDING = "pending", _("waiting to be sent")
    UNKNOWN = "unknown", _("not confirmed")
    FAILED = "failed", _("not sent")
    SENT = "sent", _("sent")
    RECEIVED = "received", _("received")
    DELIVERED = "delivered", _("delivered")
    READ = "read", _("read")
    PLAYED = "played", _("played")


# A status only rises. `failed` gives way to any proof of delivery.
STATUS_RANK = {status: rank for rank, status in enumerate(MessageStatus.values)}

MEDIA_TYPES = {
    MessageType.IMAGE,
    MessageType.DOCUMENT,
    MessageType.AUDIO,
    MessageType.VIDEO,
    MessageType.VOICE,
    MessageType.STICKER,
}


class MediaState(models.TextChoices):
    NONE = "none", _("no file")
    PENDING = "pending", _("being fetched")
    STORED = "stored", _("stored")
    MISSING = "missing", _("missing")


Message = TypeVar("Message", bound="MessageFields")


class MessageQuerySet(TimestampedQuerySet[Message]):
    """Messages of either table: those in use and the archived ones."""

    def visible_to(self, user: "User") -> Self:
        """Messages of the numbers `user` may see."""
        return self.filter(session_id__in=session_ids(user))


class WahaMessageQuerySet(MessageQuerySet["WahaMessage"]):
    def recent(self) -> Self:
        """The last 7 days."""
        return self.filter(created_at__gte=timezone.now() - timedelta(days=7))

    def last_day(self) -> Self:
        """The last 24 hours, newest first, with the names of chat and number; one query."""
        rows = self.filter(created_at__gte=timezone.now() - timedelta(hours=24))
        columns = ("type", "content", "created_at", "chat__name", "session__name", "session__title")
        return (
            rows.select_related("chat", "session")
            .only("chat", "session", *columns)
            .order_by("-created_at", "-pk")
        )

    def older_than(self, days: int) -> Self:
        """What maintenance walks: messages from before `days` days ago."""
        return self.filter(created_at__lt=timezone.now() - timedelta(days=days))


class MessageFields(models.Model):
    """The columns of a message, shared by the table in use and its archive.

    So a field that is added here reaches both. `created_at` is the message's own time, written
    once; both tables are partitioned by its month on MySQL and MariaDB.
    """

    is_archived = False

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    session = models.ForeignKey(
        "waha.WahaSession",
        models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    chat = models.ForeignKey(
        "waha.WahaChat",
        models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    message_id = ExactCharField(max_length=255, blank=True, default="")
    type = models.CharField(max_length=20, choices=MessageType, default=MessageType.TEXT)
    content = models.TextField(blank=True, default="")
    media_url = models.CharField(max_length=500, blank=True, default="")
    status = models.CharField(max_length=20, choices=MessageStatus)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField(auto_now=True)
    wa_at = models.DateTimeField(null=True, blank=True)
    stored_at = models.DateTimeField(default=timezone.now)
    from_me = models.BooleanField(default=False)
    sender_id = ExactCharField(max_length=255, blank=True, default="")
    sender_name = models.CharField(max_length=255, blank=True, default="")
    reply_to_message_id = ExactCharField(max_length=255, blank=True, default="")
    edited_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    in_seq = models.BigIntegerField(null=True, blank=True)
    media_mime = models.CharField(max_length=255, blank=True, default="")
    media_name = models.CharField(max_length=255, blank=True, default="")
    media_size = models.BigIntegerField(null=True, blank=True)
    media_seconds = models.PositiveIntegerField(null=True, blank=True)
    media_state = models.CharField(max_length=10, choices=MediaState, default=MediaState.NONE)
    error = models.TextField(blank=True, default="")
    # What a kind of message has beside its text: {"location": {...}, "contacts": [...],
    # "poll": {...}, "quote": {"sender", "type", "text", "from_me"}, "mentions": [...]}.
    extra = models.JSONField(default=dict, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"message {self.pk}"

    @property
    def has_media(self) -> bool:
        return self.type in MEDIA_TYPES

    def stored(self) -> "MessageQuerySet[Any]":
        """This row alone, for conditional updates."""
        return self.table().filter(pk=self.pk, created_at=self.created_at)

    def table(self) -> "MessageQuerySet[Any]":
        """The rows of the table and database it is in."""
        rows: MessageQuerySet[Any] = type(self)._default_manager.all()  # type: ignore[assignment]
        # What is in use is written to the primary, wherever it was read.
        return rows.using(self._state.db) if self.is_archived else rows


class WahaMessage(MessageFields):
    """One message of a chat.

    Partitioned by month of `created_at` on MySQL and MariaDB, so no physical foreign key leads
    from or to it, uniqueness lies in WahaMessageKey, and a query that can passes a range of
    created_at. Its status is moved upwards by `apply.acks` and `outbox` alone.
    """

    attachments = Files()

    session = models.ForeignKey(
        "waha.WahaSession",
        models.DO_NOTHING,
        related_name="messages",
        db_constraint=False,
        db_index=False,
    )
    chat = models.ForeignKey(
        "waha.WahaChat",
        models.DO_NOTHING,
        related_name="messages",
        db_constraint=False,
        db_index=False,
    )

    objects = WahaMessageQuerySet.as_manager()

    class Meta:
        db_table = "waha_messages"
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [
            NamedIndex(fields=["session", "chat"], name="idx_waha_messages_session_chat"),
            NamedIndex(fields=["status"], name="idx_waha_messages_status"),
            NamedIndex(fields=["session", "-created_at"], name="idx_waha_messages_session_created"),
            NamedIndex(fields=["chat", "-created_at", "-id"], name="idx_waha_messages_thread"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(type__in=MessageType.values), name="waha_messages_type"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=MessageStatus.values), name="waha_messages_status"
            ),
            models.CheckConstraint(
                condition=models.Q(media_state__in=MediaState.values),
                name="waha_messages_media_state",
            ),
        ]


class WahaMessageKey(models.Model):
    """The only truth on "do we have it", and how an ack finds its partition.

    `message_id` is WhatsApp's raw id, or `token:<client token>` until that is known.
    """

    pk = models.CompositePrimaryKey("session_id", "from_me", "message_id")
    session = models.ForeignKey(
        "waha.WahaSession",
        models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    from_me = models.BooleanField()
    message_id = ExactCharField(max_length=255)
    message_pk = models.BigIntegerField(unique=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "waha_message_keys"

    def __str__(self) -> str:
        return f"key of message {self.message_pk}"


class WahaReactionManager(models.Manager.from_queryset(TimestampedQuerySet["WahaReaction"])):  # type: ignore[misc]  # made at run time
    """Reactions that stand; those taken back are left out."""

    def get_queryset(self) -> TimestampedQuerySet["WahaReaction"]:
        queryset: TimestampedQuerySet[WahaReaction] = super().get_queryset()
        return queryset.exclude(emoji="")


class WahaReaction(models.Model):
    """Somebody's emoji on a message.

    Taking it back empties the emoji and keeps the row, so that an older reaction that arrives
    late cannot come back; `objects` leaves such rows out, `with_removed` has them.
    """

    session = models.ForeignKey(
        "waha.WahaSession",
        models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    message_pk = models.BigIntegerField()
    sender_id = ExactCharField(max_length=255)
    sender_name = models.CharField(max_length=255, blank=True, default="")
    from_me = models.BooleanField(default=False)
    emoji = models.CharField(max_length=32)
    reacted_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = WahaReactionManager()
    with_removed = TimestampedQuerySet.as_manager()

    class Meta:
        db_table = "waha_reactions"
        ordering = ["reacted_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["message_pk", "sender_id"], name="waha_reactions_sender"
            )
        ]

    def __str__(self) -> str:
        return self.emoji
