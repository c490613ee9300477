"""The rows of a number as text: what must be the same whatever order events came in.

Left out are ids, in_seq and bookkeeping times.
"""

import json
from datetime import datetime

from waha.models import (
    WahaCall,
    WahaChat,
    WahaEvent,
    WahaGroupMember,
    WahaLabel,
    WahaMedia,
    WahaMessage,
    WahaReaction,
    WahaSession,
)


def rows(session: WahaSession) -> str:
    """All rows that events of a session made, one a line, sorted."""
    session.refresh_from_db()
    parts = [
        f"number  {session.status} {session.waha_status} {session.me_id} {session.phone}",
        *_chats(session),
        *_messages(session),
        *_reactions(session),
        *_calls(session),
        *_labels(session),
        *_members(session),
        *_events(session),
    ]
    return "\n".join(parts) + "\n"


def _chats(session: WahaSession) -> list[str]:
    names = {row.pk: row.message_id for row in WahaMessage.objects.filter(session=session)}
    return sorted(
        f"chat    {chat.chat_id} {chat.kind} {chat.name!r}"
        f" addresses={sorted(chat.addresses.values_list('address', flat=True))}"
        f" unread={chat.in_seq} first={_time(chat.first_message_at)}"
        f" last={_time(chat.last_message_at)} {names.get(chat.last_message_pk or 0, '-')}"
        f" {chat.last_message_type or '-'} {chat.last_message_status or '-'}"
        f" {'me' if chat.last_message_from_me else repr(chat.last_message_sender)}"
        f" {chat.last_message_preview!r}"
        + (f" archived={_time(chat.archived_at)}" if chat.archived_at else "")
        + (f" labels={[each['name'] for each in chat.labels]}" if chat.labels else "")
        for chat in WahaChat.objects.filter(session=session)
    )


def _messages(session: WahaSession) -> list[str]:
    chats = dict(WahaChat.objects.filter(session=session).values_list("pk", "chat_id"))
    media = {
        row.message_id: row.path or "no path" for row in WahaMedia.objects.filter(session=session)
    }
    lines = []
    for row in WahaMessage.objects.filter(session=session):
        notes = [
            f"reply to {row.reply_to_message_id}" if row.reply_to_message_id else "",
            f"edited {_time(row.edited_at)}" if row.edited_at else "",
            f"revoked {_time(row.revoked_at)}" if row.revoked_at else "",
            f"counted={row.in_seq is not None}" if not row.from_me else "",
            f"file {row.media_mime} {row.media_name!r} {row.media_size} {row.media_seconds}s"
            f" {row.media_state} fetch {media.get(row.pk)}"
            if row.has_media
            else "",
            json.dumps(row.extra, ensure_ascii=False, sort_keys=True) if row.extra else "",
        ]
        lines.append(
            f"message {row.message_id} {_time(row.created_at)} {chats[row.chat_id]}"
            f" {'me' if row.from_me else 'them'} {row.sender_id or '-'} {row.sender_name!r}"
            f" {row.type} {row.status} {row.content!r}"
            + "".join(f" | {note}" for note in notes if note)
        )
    return sorted(lines)


def _reactions(session: WahaSession) -> list[str]:
    names = {row.pk: row.message_id for row in WahaMessage.objects.filter(session=session)}
    return sorted(
        f"emoji   {names[row.message_pk]} {row.sender_id} {row.emoji or 'taken back'}"
        f" {_time(row.reacted_at)}"
        for row in WahaReaction.with_removed.filter(session=session)
    )


def _calls(session: WahaSession) -> list[str]:
    return sorted(
        f"call    {row.call_id} {row.type} from {row.from_id} to {row.to_id}"
        f" video={row.is_video} group={row.is_group} {_time(row.started_at)}"
        f" ended={_time(row.ended_at)} chat={row.chat.chat_id if row.chat else None}"
        for row in WahaCall.objects.filter(session=session).select_related("chat")
    )


def _labels(session: WahaSession) -> list[str]:
    return sorted(
        f"label   {row.label_id} {row.name!r} {row.color}{' removed' if row.is_removed else ''}"
        for row in WahaLabel.objects.filter(session=session)
    )


def _members(session: WahaSession) -> list[str]:
    """Who is in the groups: those who left keep rows for the order's sake alone."""
    rows = WahaGroupMember.objects.filter(chat__session=session, is_in=True)
    return sorted(
        f"member  {row.chat.chat_id} {row.address} {row.phone or '-'} {row.role}"
        for row in rows.select_related("chat")
    )


def _events(session: WahaSession) -> list[str]:
    return sorted(
        f"event   {row.event} {row.envelope_id} {row.state}"
        + (f" for {row.waiting_for}" if row.waiting_for else "")
        + (f" {row.last_error}" if row.last_error else "")
        for row in WahaEvent.objects.filter(session=session)
    )


def _time(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f").rstrip("0").rstrip(".") if moment else "-"
