"""A chat's messages in both tables, read as if they were in one.

The archive is asked only when a page reaches into a month that is archived. A message that came
late for such a month is in the table in use until the next run, so both are read and put
together; where both have it, the archive's is the newer word.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from accounts.models import User
from mercury.db import keyset, sharding
from mercury.db.keyset import Cursor, Page
from mercury.db.partitions import Month
from waha.inbox import bubbles
from waha.inbox.open_chat import Chat
from waha.models import MessageFields, WahaMessage, whereabouts
from waha.models.whereabouts import Months

LATEST = timedelta(days=1)


def before(user: User, chat: Chat, cursor: Cursor | None, size: int) -> Page[MessageFields]:
    """The newest messages, or those before a cursor, newest first; a query for each table.

    Bounded by [first_at, cursor]: only a range of created_at spares the partitions that hold
    nothing of this chat.
    """
    used = _used(user, chat, cursor, size)
    latest = cursor.at if cursor else timezone.now()
    earliest = used.next.at if used.next else chat.first_at
    months = whereabouts.months_between(earliest or latest, latest)
    if earliest is None or not months:
        return used
    rows = _archived(user, chat, months).filter(created_at__gte=earliest)
    archived: Page[Any] = keyset.page(rows, "created_at", cursor, size)
    both = _together(used.rows, archived.rows)[::-1]
    if len(both) <= size and not used.next and not archived.next:
        return Page(both, None)
    last = both[:size][-1]
    return Page(both[:size], Cursor(last.created_at, last.pk))


def _used(user: User, chat: Chat, cursor: Cursor | None, size: int) -> Page[Any]:
    """A page of the table in use.

    The newest page of a lively chat is looked for in its last two months first: the server need
    not ask a partition for every month since the chat began, which costs more the more they hold.
    """
    rows = hot(user, chat)
    if cursor is None and chat.last_at is not None and chat.in_seq > size:
        recent: Page[Any] = keyset.page(
            rows.filter(created_at__gte=Month.of(chat.last_at).plus(-1).start),
            "created_at", None, size,
        )  # fmt: skip
        if recent.next:
            return recent
    return keyset.page(rows, "created_at", cursor, size)


def after(user: User, chat: Chat, cursor: Cursor, limit: int) -> list[MessageFields]:
    """At most `limit` messages after a cursor, oldest first."""
    later = keyset.after("created_at", cursor)
    used: list[Any] = list(hot(user, chat).filter(later).order_by("created_at", "pk")[:limit])
    latest = used[-1].created_at if len(used) == limit else timezone.now()
    earliest = max(filter(None, (cursor.at, chat.first_at)))
    months = whereabouts.months_between(earliest, latest)
    if not months:
        return used
    archived = _archived(user, chat, months).filter(later).order_by("created_at", "pk")
    return _together(used, archived[:limit])[:limit]


def count(user: User, chat: Chat, start: datetime, end: datetime) -> int:
    """How many messages lie from `start` until before `end`; a query for each table."""
    rows = hot(user, chat).filter(created_at__gte=start, created_at__lt=end).order_by()
    months = whereabouts.months_between(start, end)
    if not months:
        return rows.count()
    archived = _archived(user, chat, months).filter(created_at__gte=start, created_at__lt=end)
    return rows.count() + archived.order_by().count()


def late(user: User, chat: Chat, cursor: Cursor, limit: int) -> list[WahaMessage]:
    """Messages that lie before a cursor by their own time but came to us after it.

    WhatsApp's times are whole seconds and webhooks are slow: a customer's message may sort above
    an answer that is already shown. Looks a day back, so in the table in use alone.
    """
    rows = (
        hot(user, chat)
        .filter(created_at__range=(cursor.at - LATEST, cursor.at), stored_at__gt=cursor.at)
        .exclude(pk=cursor.pk)
    )
    return list(rows.order_by("-created_at", "-pk")[:limit])


def some(user: User, chat: Chat, pks: Iterable[int]) -> list[MessageFields]:
    """These messages of the chat, as far as they are there."""
    wanted = set(pks)
    if not wanted:
        return []
    used: list[Any] = list(hot(user, chat).filter(pk__in=wanted))
    now = timezone.now()
    months = whereabouts.months_between(chat.first_at or now, now)
    if not months:
        return used
    settled = {row.pk for row in used if not months.holds(row.created_at)}
    return _together(used, _archived(user, chat, months).filter(pk__in=wanted - settled))


def hot(user: User, chat: Chat) -> QuerySet[WahaMessage]:
    """The chat's messages in use, with what a bubble shows."""
    rows = WahaMessage.objects.visible_to(user).filter(chat_id=chat.pk)
    if chat.first_at is not None:
        rows = rows.filter(created_at__gte=chat.first_at)
    return bubbles.with_columns(rows)


def _archived(user: User, chat: Chat, months: Months) -> QuerySet[Any]:
    rows = whereabouts.archive_of(chat.number.pk).visible_to(user)
    rows = rows.filter(chat_id=chat.pk, created_at__lt=_end_of(months))
    if chat.first_at is not None:
        rows = rows.filter(created_at__gte=chat.first_at)
    found = bubbles.with_columns(rows)
    if not rows.db.startswith(sharding.PREFIX):
        return found
    # No join leads out of a shard; one query more for the names of who wrote.
    people = User.objects.using(DEFAULT_DB_ALIAS).only("name")
    return found.prefetch_related(Prefetch("sent_by", queryset=people))


def _end_of(months: Months) -> datetime:
    return max(months).plus(1).start


def _together(
    hot: Iterable[MessageFields], archived: Iterable[MessageFields]
) -> list[MessageFields]:
    """Each message once, oldest first."""
    rows = {row.pk: row for row in hot} | {row.pk: row for row in archived}
    return sorted(rows.values(), key=lambda row: (row.created_at, row.pk))
