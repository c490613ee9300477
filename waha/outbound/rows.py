"""The rows of a message on its way: written, moved up, put together and taken away."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from mercury.db.ids import new_id
from waha import texts, updates
from waha.models import (
    ChatState,
    MessageStatus,
    MessageType,
    UpdateKind,
    WahaChat,
    WahaMark,
    WahaMedia,
    WahaMessage,
    WahaMessageKey,
    WahaReaction,
    whereabouts,
)
from waha.models.message import STATUS_RANK

TOKEN_PREFIX = "token:"  # noqa: S105  # a key's prefix, no secret
# How far ahead of our clock a customer's phone may be and still come before our answer to it.
CLOCK_LEEWAY = timedelta(minutes=5)
PREVIEW_LENGTH = 255


def new_message(chat: WahaChat, **values: Any) -> WahaMessage:
    """An unsaved message of ours in `chat`, placed after everything that is there.

    WhatsApp's times have whole seconds, so ours have too; within one the id decides.
    """
    now = timezone.now()
    at, pk = now.replace(microsecond=0), new_id()
    head = WahaChat.objects.filter(pk=chat.pk).values("last_message_at", "last_message_pk").first()
    last = head["last_message_at"] if head else None
    if last is not None and at <= last <= now + CLOCK_LEEWAY:
        at, pk = last, max(pk, (head["last_message_pk"] or 0) + 1) if head else pk
    return WahaMessage(
        id=pk,
        session_id=chat.session_id,
        chat_id=chat.pk,
        status=MessageStatus.PENDING,
        created_at=at,
        from_me=True,
        **values,
    )


def has_messages(chat: WahaChat) -> bool:
    """Whether anything was ever written in a chat, by either side."""
    return WahaChat.objects.filter(pk=chat.pk, first_message_at__isnull=False).exists()


def insert(message: WahaMessage, *, token: str) -> None:
    """Write a new message, the key that stands for its id, the chat's last line, the update."""
    message.save(force_insert=True)
    texts.record([message])
    WahaMessageKey.objects.create(
        session_id=message.session_id,
        from_me=True,
        message_id=f"{TOKEN_PREFIX}{token}",
        message_pk=message.pk,
        created_at=message.created_at,
    )
    earlier = Q(last_message_at__isnull=True) | Q(last_message_at__lte=message.created_at)
    WahaChat.objects.filter(earlier, pk=message.chat_id).update(
        first_message_at=Coalesce("first_message_at", Value(message.created_at)),
        archived_at=None,
        state=ChatState.OPEN,
        **_head(message),
    )
    updates.record(
        UpdateKind.MESSAGE, message.session_id, message.chat_id, message.pk, from_me=True
    )


def raise_status(message: WahaMessage, status: MessageStatus, **values: Any) -> bool:
    """Move a status up, together with other columns; what others raised higher stays."""
    lower = [each for each, rank in STATUS_RANK.items() if rank < STATUS_RANK[status]]
    row = WahaMessage.objects.filter(pk=message.pk, created_at=message.created_at)
    if not row.filter(status__in=lower).update(status=status, **values):
        return False
    message.status = status
    tell(message)
    return True


def tell(message: WahaMessage) -> None:
    """Let the chat's row and the screens show a message's status as it is now."""
    WahaChat.objects.filter(pk=message.chat_id, last_message_pk=message.pk).update(
        last_message_status=message.status
    )
    updates.record(UpdateKind.CHANGE, message.session_id, message.chat_id, message.pk, from_me=True)


def rekey(message: WahaMessage, raw_id: str) -> None:
    """Let a message be found under WhatsApp's own id.

    A row that the echo made meanwhile under that id is taken into ours. Raises IntegrityError
    when it is made in this very moment: run the whole transaction again.
    """
    key = WahaMessageKey.objects.filter(
        session_id=message.session_id, from_me=True, message_id=raw_id
    ).first()
    if key is not None and key.message_pk != message.pk:
        _absorb(message, key.message_pk, key.created_at)
    if key is None or key.message_pk != message.pk:
        WahaMessageKey.objects.filter(message_pk=message.pk).update(message_id=raw_id)
    WahaMessage.objects.filter(pk=message.pk, created_at=message.created_at).update(
        message_id=raw_id
    )
    message.message_id = raw_id


def delete(message: WahaMessage) -> None:
    """Take a message that never went out away, and let the chat show what was before it."""
    WahaMessageKey.objects.filter(message_pk=message.pk).delete()
    WahaMessage.objects.filter(pk=message.pk, created_at=message.created_at).delete()
    texts.remove([message.pk])
    chat = WahaChat.objects.filter(pk=message.chat_id, last_message_pk=message.pk).first()
    if chat is not None:
        _show_last(chat, message.created_at)
    updates.record(UpdateKind.GONE, message.session_id, message.chat_id, message.pk, from_me=True)


def find(message_pk: int, created_at: datetime) -> WahaMessage | None:
    """A message by its key and its time, which names the partition; None once it is archived.

    In a transaction it stays in use until that ends.
    """
    if whereabouts.is_old(created_at):
        inside = transaction.get_connection().in_atomic_block
        months = whereabouts.pass_gate() if inside else whereabouts.read_months()
        if months.holds(created_at):
            return None
    return WahaMessage.objects.filter(pk=message_pk, created_at=created_at).first()


def _absorb(ours: WahaMessage, echo_pk: int, created_at: datetime) -> None:
    """Take the row of an echo into ours: one message, one bubble, under our row's id."""
    echo = find(echo_pk, created_at)
    WahaMessageKey.objects.filter(message_pk=echo_pk).delete()
    WahaMedia.objects.filter(message_id=echo_pk).delete()
    WahaReaction.objects.filter(message_pk=echo_pk).update(message_pk=ours.pk)
    WahaMark.objects.filter(message_pk=echo_pk).update(message_pk=ours.pk)
    texts.remove([echo_pk])
    if echo is None:
        return
    WahaMessage.objects.filter(pk=echo.pk, created_at=created_at).delete()
    WahaMessage.objects.filter(pk=ours.pk, created_at=ours.created_at).update(wa_at=echo.wa_at)
    WahaChat.objects.filter(pk=echo.chat_id, last_message_pk=echo.pk).update(**_head(ours))
    raise_status(ours, MessageStatus(echo.status), error="")
    updates.record(UpdateKind.CHANGE, echo.session_id, echo.chat_id, echo.pk, from_me=True)


def _head(message: WahaMessage) -> dict[str, Any]:
    line = " ".join(message.content.split())
    if not line and message.type == MessageType.DOCUMENT:
        line = message.media_name
    return {
        "last_message_at": message.created_at,
        "last_message_pk": message.pk,
        "last_message_preview": line[:PREVIEW_LENGTH],
        "last_message_type": message.type,
        "last_message_from_me": message.from_me,
        "last_message_sender": message.sender_name,
        "last_message_status": message.status,
    }


def _show_last(chat: WahaChat, until: datetime) -> None:
    rows = WahaMessage.objects.filter(chat_id=chat.pk, created_at__lte=until)
    if chat.first_message_at:
        rows = rows.filter(created_at__gte=chat.first_message_at)
    last = rows.order_by("-created_at", "-pk").first()
    head: dict[str, Any] = {
        "last_message_at": None,
        "last_message_pk": None,
        "last_message_preview": "",
        "last_message_type": "",
        "last_message_from_me": False,
        "last_message_sender": "",
        "last_message_status": "",
        "first_message_at": None,
    }
    WahaChat.objects.filter(pk=chat.pk, last_message_pk=chat.last_message_pk).update(
        **(_head(last) if last else head)
    )
