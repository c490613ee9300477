"""Chats: the last line is the newest message, unread numbers are what a recount gives."""

from typing import Any

from django.db.models import Count, F, Max, OuterRef, Q, Subquery

from mercury.ops.invariants.messages import all_of
from mercury.ops.invariants.rules import Rule
from waha.models import ChatRead, WahaChat, WahaMessage, whereabouts


def wrong_last_lines(keys: list[int]) -> dict[int, str]:
    """Chats whose last line is not that of their newest message."""
    thread = WahaMessage.objects.filter(chat=OuterRef("pk")).order_by("-created_at", "-pk")
    chats: Any = WahaChat.objects.filter(
        pk__in=keys
    ).annotate(  # what it adds has no type
        newest_pk=Subquery(thread.values("pk")[:1]),
        newest_at=Subquery(thread.values("created_at")[:1]),
        newest_status=Subquery(thread.values("status")[:1]),
    )
    found = {}
    for chat in chats:
        newest, at, status = chat.newest_pk, chat.newest_at, chat.newest_status
        if newest is None:
            archived = whereabouts.archive_of(chat.session_id).filter(chat_id=chat.pk)
            last = archived.order_by("-created_at", "-pk").first()
            newest, at, status = (
                (last.pk, last.created_at, last.status) if last else (None, None, "")
            )
        if (chat.last_message_pk, chat.last_message_at) != (newest, at):
            found[chat.pk] = (
                f"its list row shows message {chat.last_message_pk}, the newest is {newest}"
            )
        elif chat.last_message_status != status:
            found[chat.pk] = (
                f"its list row shows {chat.last_message_status!r}, the message {status!r}"
            )
    return found


def wrong_counters(keys: list[int]) -> dict[int, str]:
    """Chats where more or fewer messages are unread than a recount finds.

    Counted from the floor on, which everybody stands at or above; only messages that came in
    have a number of their own.
    """
    chats: Any = WahaChat.objects.filter(pk__in=keys).annotate(  # what it adds has no type
        highest=Subquery(_per_chat(Max("in_seq"))),
        above=Subquery(_per_chat(Count("pk"), in_seq__gt=OuterRef("read_floor"))),
        furthest=Subquery(
            ChatRead.objects.filter(chat=OuterRef("pk"))
            .order_by()
            .values("chat")
            .annotate(number=Max("read_seq"))
            .values("number")
        ),
    )
    found = {}
    for chat in chats:
        if (chat.highest or 0) > chat.in_seq:
            found[chat.pk] = f"it counts {chat.in_seq} messages and has number {chat.highest}"
        elif not 0 <= chat.read_floor <= chat.in_seq:
            found[chat.pk] = f"it is read to {chat.read_floor} of {chat.in_seq}"
        elif (chat.furthest or 0) > chat.read_floor:
            found[chat.pk] = f"somebody read to {chat.furthest}, beyond its floor {chat.read_floor}"
        elif chat.in_seq > chat.read_floor:
            counted = (chat.above or 0) + _archived_above(chat)
            if counted != chat.in_seq - chat.read_floor:
                unread = chat.in_seq - chat.read_floor
                found[chat.pk] = (
                    f"{unread} unread for who never opened it, a recount gives {counted}"
                )
    return found


def wrong_reads(keys: list[int]) -> dict[int, str]:
    """People who have read further than a chat goes, or whose `is_behind` is not true to it."""
    rows = ChatRead.objects.filter(pk__in=keys).annotate(
        floor=F("chat__read_floor"), end=F("chat__in_seq")
    )
    wrong: Any = rows.filter(
        Q(read_seq__gt=F("end"))
        | Q(is_behind=True, read_seq__gte=F("floor"))
        | Q(is_behind=False, read_seq__lt=F("floor"))
    )
    return {
        row.pk: f"read to {row.read_seq} of {row.end}, floor {row.floor}, behind: {row.is_behind}"
        for row in wrong
    }


def _per_chat(number: Any, **conditions: Any) -> Any:
    rows = WahaMessage.objects.filter(chat=OuterRef("pk"), in_seq__isnull=False, **conditions)
    return rows.order_by().values("chat").annotate(number=number).values("number")


def _archived_above(chat: WahaChat) -> int:
    """Unread messages that are archived by now: few chats are unread for so long."""
    start = chat.first_message_at
    if start is None or not whereabouts.months():
        return 0
    rows = whereabouts.archive_of(chat.session_id)
    return rows.filter(chat_id=chat.pk, in_seq__gt=chat.read_floor).count()


RULES = [
    Rule("last lines", "a chat's row in the list shows its newest message",
         all_of(WahaChat), wrong_last_lines, chunk=200),
    Rule("unread", "unread numbers are what a recount gives",
         all_of(WahaChat), wrong_counters, chunk=200),
    Rule("reads", "nobody has read further than there is", all_of(ChatRead), wrong_reads),
]  # fmt: skip
