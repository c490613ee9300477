"""How far each user has read, and what follows from it."""

from typing import Any

from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from accounts.models import User
from mercury.db import keyset
from mercury.db.keyset import Cursor
from mercury.db.retry import retried
from waha import updates
from waha.inbox import seen
from waha.models import (
    ChatRead,
    MessageFields,
    UpdateKind,
    WahaChat,
    WahaMessage,
    whereabouts,
)
from waha.models.message import MessageQuerySet


@retried()
@transaction.atomic
def mark_read(
    *, chat: WahaChat, by: User, up_to: MessageFields | None = None, replied: bool = False
) -> None:
    """Move the user's place in `chat` up to a message, or to its end; never back.

    The highest place of anybody becomes the chat's floor, where people without a place of their
    own stand. `replied` tells the blue ticks that it was an answer that read the chat.

    Locks the chat: by a floor that others raise meanwhile, or a join moves, it would be told
    who is behind, and somebody's unread messages would be missing from their list.
    """
    now = WahaChat.objects.select_for_update().get(pk=chat.pk)
    place = now.in_seq if up_to is None else _place_of(now, up_to)
    raw_id = up_to.message_id if up_to is not None else ""
    moved = _move(now, by, place, raw_id)
    raised = WahaChat.objects.filter(pk=now.pk, read_floor__lt=place).update(read_floor=place)
    ChatRead.objects.mark_behind(now.pk, max(place, now.read_floor))
    seen.want(chat=now, place=place, replied=replied)
    if raised:
        # Everybody without a place of their own has fewer unread messages now.
        updates.record(UpdateKind.CHAT, now.session_id, now.pk)
    elif moved:
        updates.record(UpdateKind.READ, now.session_id, now.pk, user_id=by.pk)


@retried()
@transaction.atomic
def mark_unread(*, chat: WahaChat, by: User) -> None:
    """Leave the newest message unread for this user alone."""
    now = WahaChat.objects.select_for_update().get(pk=chat.pk)
    ChatRead.objects.update_or_create(
        chat_id=now.pk, user=by, defaults={"read_seq": now.in_seq - 1}
    )
    ChatRead.objects.mark_behind(now.pk, now.read_floor)
    updates.record(UpdateKind.READ, now.session_id, now.pk, user_id=by.pk)


def _place_of(chat: WahaChat, message: MessageFields) -> int:
    """The in_seq that is read once everything up to `message` is.

    Taken from the few newer ones: the message itself may be ours and have none.
    """
    later = keyset.after("created_at", Cursor(message.created_at, message.pk))
    tables: list[MessageQuerySet[Any]] = [WahaMessage.objects.all()]
    if whereabouts.months_between(message.created_at, timezone.now()):
        tables.append(whereabouts.archive_of(chat.session_id))
    firsts = [
        table.filter(later, chat_id=chat.pk, in_seq__isnull=False).aggregate(first=Min("in_seq"))
        for table in tables
    ]
    first = min((found["first"] for found in firsts if found["first"] is not None), default=None)
    return chat.in_seq if first is None else first - 1


def _move(chat: WahaChat, by: User, place: int, raw_id: str) -> bool:
    """Move the row upwards; True when it moved."""
    row, made = ChatRead.objects.get_or_create(
        chat_id=chat.pk,
        user=by,
        defaults={"read_seq": max(place, chat.read_floor), "last_read_message_id": raw_id},
    )
    if made:
        return place > chat.read_floor
    behind = ChatRead.objects.filter(pk=row.pk, read_seq__lt=place)
    return bool(behind.update(read_seq=place, last_read_message_id=raw_id))
