"""Two addresses turn out to be one person: their chats become one.

Rare, so written for clarity. What users have not read stays unread: the counts are added.
"""

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models import F

from attachments.models import Attachment
from waha import labels, texts, updates
from waha.inbound.apply.tally import StaleBatch
from waha.models import (
    ChatRead,
    UpdateKind,
    WahaCall,
    WahaChat,
    WahaChatAddress,
    WahaHold,
    WahaMark,
    WahaMedia,
    WahaMessage,
    WahaOutbox,
    WahaReaction,
    WahaScheduled,
    WahaUpdate,
    whereabouts,
)
from waha.models.message import MessageQuerySet

LAST_MESSAGE = (
    "last_message_at",
    "last_message_pk",
    "last_message_preview",
    "last_message_type",
    "last_message_from_me",
    "last_message_sender",
    "last_message_status",
)
FIRST_AND_NAME = ("first_message_at", "name", "named_at")
AT_ONCE = 1_000
"""Messages named in one query: of far more MySQL gives the index up (8.0 manual, 10.2.1.2)."""

OTHERS_CHANGE = ("in_seq", "read_floor", "pinned", "contact_id", "assigned_to_id")


def rename(chat: WahaChat, address: str) -> None:
    """Let the phone form be the chat's id once it is known."""
    former, chat.chat_id = chat.chat_id, address
    chat.save(update_fields=["chat_id", "updated_at"])
    _rename_reactions(chat, former, address)


@transaction.atomic
def join(keep: WahaChat, absorbed: WahaChat) -> None:
    """Move everything of `absorbed` into `keep` and delete it; raises StaleBatch.

    Locks both chats and their readers' rows: whoever reads on in this moment comes after us.
    """
    _lock(keep, absorbed)
    for messages in _tables(absorbed):
        # One statement, so that a second try on another server finds what is left to do.
        messages.update(in_seq=F("in_seq") + keep.in_seq, chat_id=keep.pk)
    texts.move(absorbed.pk, keep.pk)
    for model in (WahaMedia, WahaOutbox, WahaCall, WahaHold):
        model.objects.filter(chat_id=absorbed.pk).update(chat_id=keep.pk)
    WahaMark.objects.filter(chat_id=absorbed.pk).update(chat_id=keep.pk)
    labels.move(absorbed.pk, keep.pk)
    _join_planned(keep, absorbed)
    Attachment.objects.filter(chat_id=absorbed.pk).update(chat_id=keep.pk)
    WahaChatAddress.objects.filter(chat=absorbed).update(chat=keep)
    _join_reads(keep, absorbed)
    _join_columns(keep, absorbed)
    _rename_reactions(keep, absorbed.chat_id, keep.chat_id)
    labels.show([keep.pk])
    pk = absorbed.pk
    absorbed.delete()
    updates.record_many(
        WahaUpdate(session_id=keep.session_id, chat_id=chat, kind=UpdateKind.CHAT, ref=chat)
        for chat in (keep.pk, pk)
    )


def _lock(*chats: WahaChat) -> None:
    """Hold the chats, with what others may have changed since they were read."""
    held = WahaChat.objects.select_for_update().order_by("pk")
    now = held.in_bulk([chat.pk for chat in chats])
    for chat in chats:
        if chat.pk not in now:
            raise StaleBatch(f"Chat {chat.pk} is gone.")
        for name in OTHERS_CHANGE:
            setattr(chat, name, getattr(now[chat.pk], name))


def _tables(chat: WahaChat) -> list[MessageQuerySet[Any]]:
    """The chat's messages in use, and the archived ones if it may have any."""
    tables: list[MessageQuerySet[Any]] = [WahaMessage.objects.filter(chat_id=chat.pk)]
    first = chat.first_message_at
    if first is not None and whereabouts.is_old(first) and whereabouts.pass_gate():
        archived = whereabouts.archive_for_writing(chat.session_id)
        tables.append(archived.filter(chat_id=chat.pk))
    if first and chat.last_message_at:
        # The range lets MySQL look into those months only.
        return [each.filter(created_at__range=(first, chat.last_message_at)) for each in tables]
    return tables


def _join_reads(keep: WahaChat, absorbed: WahaChat) -> None:
    held = ChatRead.objects.select_for_update().order_by("pk")
    ours = {read.user_id: read for read in held.filter(chat=keep)}
    theirs = {read.user_id: read for read in held.filter(chat=absorbed)}
    for user_id in ours.keys() | theirs.keys():
        mine, other = ours.get(user_id), theirs.get(user_id)
        total = (mine.read_seq if mine else keep.read_floor) + (
            other.read_seq if other else absorbed.read_floor
        )
        ChatRead.objects.update_or_create(chat=keep, user_id=user_id, defaults={"read_seq": total})


def _join_planned(keep: WahaChat, absorbed: WahaChat) -> None:
    """Keep messages for later: what both sides wrote so far counts, as one, as written before."""
    both = keep.in_seq + absorbed.in_seq
    for chat in (keep, absorbed):
        planned = WahaScheduled.objects.filter(chat_id=chat.pk)
        # Who has answered one of theirs already has answered it still.
        unanswered = planned.filter(in_seq__gte=chat.in_seq)
        unanswered.update(chat_id=keep.pk, in_seq=both)
        planned.filter(in_seq__lt=chat.in_seq).update(chat_id=keep.pk)


def _join_columns(keep: WahaChat, absorbed: WahaChat) -> None:
    keep.in_seq += absorbed.in_seq
    keep.read_floor += absorbed.read_floor
    if _last(absorbed) > _last(keep):
        for name in LAST_MESSAGE:
            setattr(keep, name, getattr(absorbed, name))
    starts = [at for at in (keep.first_message_at, absorbed.first_message_at) if at]
    keep.first_message_at = min(starts, default=None)
    if absorbed.named_at and (
        keep.named_at is None or (absorbed.named_at, absorbed.name) > (keep.named_at, keep.name)
    ):
        keep.name, keep.named_at = absorbed.name, absorbed.named_at
    keep.contact_id = keep.contact_id or absorbed.contact_id
    keep.assigned_to_id = keep.assigned_to_id or absorbed.assigned_to_id
    keep.pinned = keep.pinned or absorbed.pinned
    keep.save(update_fields=[*OTHERS_CHANGE, *LAST_MESSAGE, *FIRST_AND_NAME, "updated_at"])
    ChatRead.objects.mark_behind(keep.pk, keep.read_floor)


def _last(chat: WahaChat) -> tuple[float, int]:
    at = chat.last_message_at
    return (at.timestamp() if at else 0.0, chat.last_message_pk or 0)


def _rename_reactions(chat: WahaChat, former: str, address: str) -> None:
    """Let a reaction made under the old address count as the same person's."""
    if former == address:
        return
    for reaction in _reactions_of(chat, former):
        same = WahaReaction.with_removed.filter(
            message_pk=reaction.message_pk, sender_id=address
        ).first()
        if same is None:
            WahaReaction.with_removed.filter(pk=reaction.pk).update(sender_id=address)
            continue
        if reaction.reacted_at > same.reacted_at:
            same.emoji, same.reacted_at = reaction.emoji, reaction.reacted_at
            same.save(update_fields=["emoji", "reacted_at", "updated_at"])
        reaction.delete()


def _reactions_of(chat: WahaChat, sender: str) -> Iterator[WahaReaction]:
    """What somebody reacted to in a chat; a few messages a query, however long the chat is."""
    messages = [pk for each in _tables(chat) for pk in each.values_list("pk", flat=True)]
    for start in range(0, len(messages), AT_ONCE):
        few = messages[start : start + AT_ONCE]
        yield from WahaReaction.with_removed.filter(message_pk__in=few, sender_id=sender)
