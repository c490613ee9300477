"""Writing messages in bulk: rows, keys, reactions, and the chat's row in the list."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from mercury.ops.seeding.factories import next_number
from waha import texts
from waha.inbound.apply.preview import REVOKED, preview
from waha.models import (
    MediaState,
    MessageStatus,
    MessageType,
    WahaChat,
    WahaMessage,
    WahaMessageKey,
    WahaReaction,
)


@dataclass(slots=True)
class Draft:
    """A message to be; what is left empty follows from the chat and from `from_me`.

    `reply_to` is the raw id of an earlier message, `reactions` are (sender id, name, emoji).
    """

    content: str = ""
    from_me: bool = False
    at: datetime | None = None
    type: MessageType = MessageType.TEXT
    status: MessageStatus | None = None
    message_id: str = ""
    sender_id: str = ""
    sender_name: str = ""
    sent_by: User | None = None
    reply_to: str = ""
    reactions: Sequence[tuple[str, str, str]] = ()
    fields: dict[str, Any] = field(default_factory=dict)


def make_message(chat: WahaChat, content: str = "Hello", **draft: Any) -> WahaMessage:
    """One message, now unless `at` says when; other names are those of Draft or of the model."""
    known = {name: draft.pop(name) for name in list(draft) if name in Draft.__slots__}
    return write_messages(chat, [Draft(content, fields=draft, **known)])[0]


@transaction.atomic
def write_messages(chat: WahaChat, drafts: Iterable[Draft]) -> list[WahaMessage]:
    """Write messages to a chat, the oldest first, as if each had come live.

    Incoming ones raise the chat's in_seq; the newest one fills its row in the list.
    """
    rows = [_row(chat, draft) for draft in drafts]
    rows.sort(key=lambda row: (row.created_at, row.pk))
    for row in rows:
        if not row.from_me:
            chat.in_seq += 1
            row.in_seq = chat.in_seq
    WahaMessage.objects.bulk_create(rows, batch_size=200)
    texts.record(rows)
    WahaMessageKey.objects.bulk_create([_key(row) for row in rows], batch_size=200)
    WahaReaction.objects.bulk_create(_reactions(chat, rows), batch_size=200)
    _show_in_list(chat, rows)
    return rows


def _row(chat: WahaChat, draft: Draft) -> WahaMessage:
    at = draft.at or timezone.now()
    status = draft.status or (MessageStatus.DELIVERED if draft.from_me else MessageStatus.RECEIVED)
    sent = status not in {MessageStatus.PENDING, MessageStatus.UNKNOWN, MessageStatus.FAILED}
    prefix = "3EB0" if draft.from_me else "3A00"
    raw_id = draft.message_id or (f"{prefix}{next_number():016X}" if sent else "")
    sender_id = draft.sender_id or (chat.session.me_id if draft.from_me else chat.chat_id)
    row = WahaMessage(
        session=chat.session,
        chat=chat,
        message_id=raw_id,
        type=draft.type,
        content=draft.content,
        status=status,
        created_at=at,
        wa_at=at if sent else None,
        stored_at=at + timedelta(seconds=1),
        from_me=draft.from_me,
        sender_id=sender_id,
        sender_name=draft.sender_name or ("" if draft.from_me else chat.name),
        sent_by=draft.sent_by,
        reply_to_message_id=draft.reply_to,
        **draft.fields,
    )
    if row.has_media and row.media_state == MediaState.NONE:
        row.media_state = MediaState.MISSING
    row.reactions_to_be = list(draft.reactions)  # type: ignore[attr-defined]  # until written
    return row


def _key(row: WahaMessage) -> WahaMessageKey:
    return WahaMessageKey(
        session_id=row.session_id,
        from_me=row.from_me,
        message_id=row.message_id or f"token:seed-{row.pk}",
        message_pk=row.pk,
        created_at=row.created_at,
    )


def _reactions(chat: WahaChat, rows: list[WahaMessage]) -> list[WahaReaction]:
    return [
        WahaReaction(
            session=chat.session,
            message_pk=row.pk,
            sender_id=sender_id,
            sender_name=sender_name,
            from_me=sender_id == chat.session.me_id,
            emoji=emoji,
            reacted_at=row.created_at + timedelta(minutes=2),
        )
        for row in rows
        for sender_id, sender_name, emoji in row.reactions_to_be  # type: ignore[attr-defined]
    ]


def _show_in_list(chat: WahaChat, rows: list[WahaMessage]) -> None:
    if not rows:
        return
    first, last = rows[0], rows[-1]
    chat.first_message_at = min(filter(None, (chat.first_message_at, first.created_at)))
    if chat.last_message_at is None or last.created_at >= chat.last_message_at:
        chat.last_message_at = last.created_at
        chat.last_message_pk = last.pk
        chat.last_message_preview = (
            REVOKED
            if last.revoked_at
            else preview(last.type, last.content, last.media_name, last.extra)
        )
        chat.last_message_type = last.type
        chat.last_message_from_me = last.from_me
        chat.last_message_sender = last.sender_name
        chat.last_message_status = last.status
    chat.save()
