"""Takes rows that the archive has out of the table in use."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import DEFAULT_DB_ALIAS, OperationalError, connections, transaction
from django.utils import timezone

from mercury.db import partitions
from mercury.db.partitions import Month, Partition
from mercury.db.retry import is_victim, retried
from waha.lifecycle import changes, months, places, portions
from waha.lifecycle.portions import HOT, Portion
from waha.models import ArchiveState, WahaArchiveGate, WahaArchiveMonth, WahaMessage, whereabouts

CHUNK = 500
# Clocks of our machines differ by less, and no transaction on messages takes longer.
SKEW = timedelta(minutes=10)


def sweep_late(step: Callable[[], None], tell: Callable[[str], None]) -> int:
    """Move rows that came for a month after it was freed (imports, late events); returns how many.

    Until then the thread shows them from the table in use.
    """
    moved = 0
    waiting = set(months.to_free())
    for month in months.flipped():
        if month in waiting or not months.hot(month).exists():
            continue
        count = sum(_move(portion, step) for portion in places.portions(month))
        moved += count
        tell(f"{month}: {count} late messages moved into the archive.")
    return moved


def free(month: Month, step: Callable[[], None], tell: Callable[[str], None]) -> bool:
    """Free an archived month: by dropping its partition, else row by row; False = not yet."""
    partition = _partition_of(month)
    if partition is None:
        for portion in places.portions(month):
            _move(portion, step)
    elif not _drop(month, partition, step, tell):
        return False
    WahaArchiveMonth.objects.filter(month=month.start.date(), state=ArchiveState.ARCHIVED).update(
        state=ArchiveState.DROPPED, dropped_at=timezone.now()
    )
    tell(f"{month}: freed.")
    return True


def _move(portion: Portion, step: Callable[[], None]) -> int:
    """Copy what the archive lacks and delete, in batches that nobody writes to meanwhile."""
    names = portions.columns(portion.shard)
    moved = 0
    while batch := _move_batch(portion, names, step):
        moved += batch
    return moved


@retried()
def _move_batch(portion: Portion, names: list[str], step: Callable[[], None]) -> int:
    step()
    with transaction.atomic():
        if connections[DEFAULT_DB_ALIAS].vendor == "mysql":
            whereabouts.hold_gate("FOR UPDATE")
        pks = list(portion.hot().order_by("pk").values_list("pk", flat=True)[:CHUNK])
        if pks:
            changes.copy_newer(portion, names, pks, lambda: None)
            rows = portion.hot().filter(pk__in=pks)
            rows._raw_delete(DEFAULT_DB_ALIAS)  # no row points at a message in the database
    return len(pks)


def _partition_of(month: Month) -> Partition | None:
    """The partition that ends with this month, if the server has partitions."""
    found = partitions.read(connections[DEFAULT_DB_ALIAS], HOT)
    return next((each for each in found if each.limit == month.plus(1).start), None)


def _drop(
    month: Month, partition: Partition, step: Callable[[], None], tell: Callable[[str], None]
) -> bool:
    """Drop the month's partition once every row in it is in the archive."""
    since = min(row.started_at for row in months.rows_of(month)) - SKEW
    looked_at = timezone.now()
    for portion in places.portions(month):
        changes.copy_changed(portion, since, step)
        if portion.hot().count() > portion.archived().count():
            tell(f"{month}: the archive in {portion.shard} lacks rows; nothing is freed.")
            return False
    with _closed_gate():
        if _holds_others(month, partition):
            tell(f"{month}: its partition also holds older months; those must be archived first.")
            return False
        for portion in places.portions(month):
            changes.copy_changed(portion, looked_at - SKEW, step)
        try:
            partitions.drop(connections[DEFAULT_DB_ALIAS], HOT, partition.name)
        except OperationalError as error:
            if not is_victim(error):
                raise
            tell(f"{month}: somebody reads it right now; the next run frees it.")
            return False
    return True


def _holds_others(month: Month, partition: Partition) -> bool:
    """Whether the partition has rows of earlier months: those without one of their own."""
    earlier = WahaMessage.objects.filter(created_at__lt=month.start)
    if (start := _start_of(partition)) is not None:
        earlier = earlier.filter(created_at__gte=start)
    return earlier.exists()


def _start_of(partition: Partition) -> datetime | None:
    before = None
    for each in partitions.read(connections[DEFAULT_DB_ALIAS], HOT):
        if each.name == partition.name:
            return before
        before = each.limit
    return before


@contextmanager
def _closed_gate() -> Iterator[None]:
    """Keep writers of old messages out, by a connection of its own.

    ALTER TABLE commits the transaction of its connection, and would wait for another one that
    has read the table: so this one holds the gate and touches nothing else.
    """
    WahaArchiveGate.objects.get_or_create(pk=1)
    own = connections[DEFAULT_DB_ALIAS].copy()
    try:
        own.set_autocommit(False)
        with own.cursor() as cursor:
            cursor.execute("SELECT id FROM waha_archive_gate WHERE id = 1 FOR UPDATE")
            cursor.fetchall()
        yield
        own.rollback()
    finally:
        own.close()
