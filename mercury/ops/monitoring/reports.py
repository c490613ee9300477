"""The two reports everybody asks for: working numbers with their messages, and the last day."""

from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.models import Count
from django.utils import timezone

from accounts.models import User
from mercury.db import keyset
from mercury.db.consistency import on_replica
from mercury.ops.monitoring.answers import time_limit
from mercury.ui import phones
from waha.models import MessageType, WahaMessage, WahaSession

COUNTS = "ops:message_counts"
KEPT_FOR = 2 * 3600  # seconds; the schedule counts every hour
PAGE = 50
LONGEST = 160


@dataclass(frozen=True, slots=True)
class NumberRow:
    """A working number; `messages` is None where counting took too long for a page."""

    name: str
    url: str
    owner: str
    messages: int | None


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message of the last day with its chat and number."""

    at: datetime
    chat: str
    url: str
    number: str
    text: str


@dataclass(frozen=True, slots=True)
class Counted:
    """Messages in use by number, and when they were counted."""

    messages: dict[int, int] | None
    at: datetime | None = None


def working_numbers(user: User) -> tuple[list[NumberRow], datetime | None]:
    """The working numbers that `user` may see with their messages, and when those were counted."""
    counted = message_counts()
    sessions = WahaSession.objects.visible_to(user).working().select_related("user")
    rows = [
        NumberRow(
            phones.name(str(session)),
            session.get_absolute_url(),
            session.user.name,
            None if counted.messages is None else counted.messages.get(session.pk, 0),
        )
        for session in sessions
    ]
    return sorted(rows, key=lambda row: -(row.messages or 0)), counted.at


def message_counts() -> Counted:
    """How many messages each number has, as counted of late: no page counts a large table.

    Before the schedule has counted once, a page tries within the time limit.
    """
    if kept := cache.get(COUNTS):
        counts = {int(pk): number for pk, number in kept["counts"].items()}
        return Counted(counts, datetime.fromisoformat(kept["at"]))
    try:
        with time_limit(connections[DEFAULT_DB_ALIAS]):
            return _count()
    except DatabaseError:
        return Counted(None)


def count_all() -> Counted:
    """Count all messages by number, from a replica where there is one."""
    with on_replica():
        return _count()


def last_day(
    user: User, cursor: keyset.Cursor | None
) -> tuple[list[MessageRow], keyset.Cursor | None]:
    """A page of the last 24 hours' messages of the numbers that `user` may see, and the next."""
    page = keyset.page(WahaMessage.objects.visible_to(user).last_day(), "created_at", cursor, PAGE)
    return [_row(message) for message in page.rows], page.next


def _row(message: WahaMessage) -> MessageRow:
    chat, session = message.chat, message.session
    return MessageRow(
        message.created_at,
        phones.name(chat.name),
        chat.get_absolute_url(),
        phones.name(session.title or session.name),
        _content(message)[:LONGEST],
    )


def _content(message: WahaMessage) -> str:
    """What it says; the notices WhatsApp writes name people by their phones."""
    if message.type == MessageType.SYSTEM:
        return phones.name(message.content)
    return phones.text(message.content)


def _count() -> Counted:
    rows = WahaMessage.objects.order_by().values_list("session_id").annotate(number=Count("pk"))
    counts, now = dict(rows), timezone.now()
    cache.set(COUNTS, {"counts": counts, "at": now.isoformat()}, KEPT_FOR)
    return Counted(counts, now)
