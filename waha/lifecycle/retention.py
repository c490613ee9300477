"""Deletes archived months whose retention has run out, save what is on hold."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connections
from django.utils import timezone

from audit import log
from mercury.db import partitions
from mercury.db.locks import named_lock
from mercury.db.partitions import Month
from waha.lifecycle import months, places, removal
from waha.lifecycle.archive import LOCK
from waha.lifecycle.portions import ARCHIVE, Portion
from waha.models import ArchiveState, WahaArchiveMonth, WahaHold

logger = logging.getLogger(__name__)

CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Purged:
    """What became of one month: messages deleted, and those that a hold kept."""

    month: Month
    messages: int
    held: int


def due(older_than: int) -> list[Month]:
    """Archived months that ended `older_than` months ago and still have messages."""
    last = months.last_due(older_than)
    days = WahaArchiveMonth.objects.filter(state=ArchiveState.DROPPED)
    found = {Month(day.year, day.month) for day in days.values_list("month", flat=True)}
    return sorted(month for month in found if month <= last)


def look(older_than: int) -> list[Purged]:
    """What a run would delete and keep, counted."""
    held = WahaHold.objects.chat_ids()
    found = []
    for month in due(older_than):
        rows = [portion.archived() for portion in places.portions(month)]
        kept = sum(each.filter(chat_id__in=held).count() for each in rows)
        found.append(Purged(month, sum(each.count() for each in rows) - kept, kept))
    return found


def run(
    *,
    older_than: int,
    tell: Callable[[str], None] = logger.info,
    max_seconds: float | None = None,
) -> list[Purged]:
    """Delete what is due, oldest first. Raises Busy while the archive is worked on.

    Held chats are read anew for every month, and a month of which something was kept is looked
    at again by every run. Goes on where an earlier run ended.
    """
    deadline = None if max_seconds is None else time.monotonic() + max_seconds
    done: list[Purged] = []
    with named_lock(LOCK) as check:
        for month in due(older_than):
            if deadline is not None and time.monotonic() > deadline:
                break
            purged = _purge(month, check)
            if purged.messages or not purged.held:
                log.record(
                    "retention.purged",
                    new={"month": str(month), "messages": purged.messages, "held": purged.held},
                )
            tell(f"{month}: {purged.messages:,} messages deleted, {purged.held:,} on hold.")
            done.append(purged)
    return done


def _purge(month: Month, check: Callable[[], None]) -> Purged:
    held = WahaHold.objects.chat_ids()
    deleted = kept = 0
    for portion in places.portions(month):
        deleted += _empty(portion, held, check)
        kept += portion.archived().count()
    if not kept:
        for shard in places.databases():
            _drop_empty(shard, month)
        WahaArchiveMonth.objects.filter(month=month.start.date()).update(
            state=ArchiveState.PURGED, purged_at=timezone.now()
        )
    return Purged(month, deleted, kept)


def _empty(portion: Portion, held: set[int], check: Callable[[], None]) -> int:
    """Delete all but what is held, by the key so that nothing is looked at twice."""
    deleted, low = 0, 0
    rows = portion.archived().exclude(chat_id__in=held)
    while pks := list(rows.filter(pk__gt=low).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        check()
        removal.remove(portion.archived(), pks, by=None)
        deleted, low = deleted + len(pks), pks[-1]
    return deleted


def _drop_empty(shard: str, month: Month) -> None:
    """Give the space of the month's partition back where it is empty and holds nothing else."""
    connection = connections[shard]
    before = None
    for partition in partitions.read(connection, ARCHIVE):
        if partition.limit == month.plus(1).start and before == month.start:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT 1 FROM {ARCHIVE} PARTITION ({partition.name}) LIMIT 1")  # noqa: S608  # our names
                if cursor.fetchone() is None:
                    partitions.drop(connection, ARCHIVE, partition.name)
            return
        before = partition.limit
