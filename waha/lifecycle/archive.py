"""Moves whole months of messages into the archive, and nothing is lost or twice on the way.

A month is copied in batches by id → every batch is verified by count and checksum → what
changed meanwhile is copied again → the month is flipped: from that moment the archive is its
truth → after the readers' caches have passed, its rows in use are freed. Each step is written
down in the transaction of its work, so a run that is killed anywhere is simply run again.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS, IntegrityError, connections, transaction
from django.db.models import F
from django.utils import timezone

from mercury.db import partitions
from mercury.db.locks import named_lock
from mercury.db.partitions import Month
from mercury.db.retry import retried
from waha.lifecycle import freeing, months, places, portions
from waha.lifecycle.changes import copy_changed
from waha.lifecycle.freeing import SKEW
from waha.lifecycle.portions import ArchiveError, Portion
from waha.models import ArchiveState, WahaArchiveMonth, whereabouts

logger = logging.getLogger(__name__)

LOCK = "archive"
BATCH = 25_000
REMOTE_BATCH = 2_000
# Longer than any reader goes by an old answer (whereabouts.CACHED), by far.
GRACE = timedelta(seconds=30)
TRIES = 5


class TimeIsUp(Exception):
    """The run has had its time; the next one goes on from here."""


@dataclass(slots=True)
class Run:
    """One run: how long it may take, whom it tells, and what it has done."""

    check: Callable[[], None]
    tell: Callable[[str], None]
    deadline: float | None = None
    grace: timedelta = GRACE
    wait: bool = False
    archived: list[str] = field(default_factory=list)
    freed: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)

    def step(self) -> None:
        """Between two batches: still ours, still time. Raises Busy and TimeIsUp."""
        self.check()
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise TimeIsUp


def run(
    *,
    older_than: int,
    tell: Callable[[str], None] = logger.info,
    max_seconds: float | None = None,
    grace: timedelta = GRACE,
    wait: bool = False,
) -> Run:
    """Archive every month that ended `older_than` months ago or more, and free what is archived.

    With `wait` it stays until the grace of the last flip has passed; without, the next run frees
    that month. Raises Busy while another run is under way, and ArchiveError.
    """
    with named_lock(LOCK) as check:
        deadline = None if max_seconds is None else time.monotonic() + max_seconds
        this = Run(check, tell, deadline, grace, wait)
        try:
            _run(this, older_than)
        except TimeIsUp:
            this.tell("Out of time; the next run goes on from here.")
    return this


def _run(this: Run, older_than: int) -> None:
    places.settle()
    freeing.sweep_late(this.step, this.tell)
    for month in months.due(older_than):
        if held := months.kept_back(month):
            this.waiting.append(str(month))
            this.tell(f"{month}: waits for {held} sends or files that are still on the move.")
            continue
        archive_month(this, month)
        this.archived.append(str(month))
    for month in months.to_free():
        if _grace_passed(this, month) and freeing.free(month, this.step, this.tell):
            this.freed.append(str(month))


def archive_month(this: Run, month: Month) -> None:
    """Copy, verify and flip one month; goes on wherever an earlier run ended."""
    begin(month)
    while not _is_flipped(month):
        for portion in places.portions(month):
            _walk(this, portion, ArchiveState.COPYING)
        for portion in places.portions(month):
            _walk(this, portion, ArchiveState.VERIFYING)
        this.step()
        flip(this, month)
    whereabouts.forget()


def begin(month: Month) -> None:
    """Write the month down, a row for each database, and give it its partition there."""
    for portion in places.portions(month):
        connection = connections[portion.shard]
        if partitions.supported(connection):
            partitions.ensure(connection, portions.ARCHIVE, month)
        portions.columns(portion.shard)
        WahaArchiveMonth.objects.get_or_create(month=month.start.date(), shard=portion.shard)


def _walk(this: Run, portion: Portion, state: ArchiveState) -> None:
    """Take a portion through copying or verifying, batch by batch, and into the next state."""
    row = _row(portion)
    names = portions.columns(portion.shard)
    size = REMOTE_BATCH if portion.is_remote else BATCH
    while row.state == state:
        this.step()
        high = None if portion.nobody else portions.next_high(portion, row.last_id, size)
        if high is None:
            _leave(row, portion, state)
        elif state == ArchiveState.COPYING:
            copy_batch(row, portion, names, high)
        else:
            verify_batch(row, portion, names, high)
        row = _row(portion)
        if high is not None:
            this.tell(f"{portion.month} in {portion.shard}: {row.rows:,} {row.get_state_display()}")


@retried()
def copy_batch(row: WahaArchiveMonth, portion: Portion, names: list[str], high: int) -> None:
    """Copy the ids after the resume point up to `high` and move it on, in one transaction.

    Between two servers the copy is committed first; a batch that is copied again replaces what
    it left.
    """
    condition, params = "id > %s AND id <= %s", [row.last_id, high]
    if portion.is_remote:
        with transaction.atomic(using=portion.shard):
            copied = portions.copy(portion, names, condition, params)
        _move_on(row, high, copied)
        return
    try:
        with transaction.atomic():
            copied = portions.copy(portion, names, condition, params, fresh=True)
            _move_on(row, high, copied)
    except IntegrityError:
        # Something is there already, such as rows of a restored backup: replace it.
        with transaction.atomic():
            _move_on(row, high, portions.copy(portion, names, condition, params))


def verify_batch(row: WahaArchiveMonth, portion: Portion, names: list[str], high: int) -> None:
    """Hold both sides of a batch against each other; copy it again where they differ."""
    for _ in range(TRIES):
        hot, archived = portions.digests(portion, names, row.last_id, high)
        if hot == archived:
            count, total, mixed = map(int, hot.split(":"))
            _move_on(row, high, count, checksum=_added(row.checksum, total, mixed))
            return
        # Changed since it was copied, or, what this is for, copied wrongly.
        with transaction.atomic(using=portion.shard):
            portions.copy(portion, names, "id > %s AND id <= %s", [row.last_id, high])
    raise ArchiveError(
        f"{portion.month} in {portion.shard}: ids {row.last_id} to {high} differ from their copy "
        "after five attempts. Nothing was freed; look at the server's log, then run it again."
    )


@retried()
def flip(this: Run, month: Month) -> None:
    """Make the archive the truth about a month, under the gate: nobody writes to it meanwhile.

    What was changed since the copying began is copied first, outside the gate and then, what
    little came after that, inside. If the counts then differ, a row went meanwhile: the month is
    verified anew.
    """
    since = min(row.started_at for row in months.rows_of(month)) - SKEW
    looked_at = timezone.now()
    for portion in places.portions(month):
        copy_changed(portion, since, this.step)
    with transaction.atomic():
        if connections[DEFAULT_DB_ALIAS].vendor == "mysql":
            whereabouts.hold_gate("FOR UPDATE")
        places.settle()
        same = True
        for portion in places.portions(month):
            copy_changed(portion, looked_at - SKEW, this.check)
            same = same and portion.hot().count() == portion.archived().count()
        rows = WahaArchiveMonth.objects.filter(month=month.start.date())
        if not same:
            rows.update(state=ArchiveState.VERIFYING, last_id=0, rows=0, checksum="")
            return
        now = timezone.now()
        rows.update(state=ArchiveState.ARCHIVED, archived_at=now, last_id=0)
    this.tell(f"{month}: archived.")


def _leave(row: WahaArchiveMonth, portion: Portion, state: ArchiveState) -> None:
    """From copying to verifying, which starts over at the first id; from verifying to its end."""
    values: dict[str, Any]
    if state == ArchiveState.COPYING:
        values = {"state": ArchiveState.VERIFYING, "last_id": 0, "rows": 0, "checksum": ""}
    else:
        # Copies of rows that were deleted meanwhile, after the last one in use.
        portion.archived().filter(pk__gt=row.last_id)._raw_delete(portion.shard)
        values = {"state": ArchiveState.VERIFIED, "verified_at": timezone.now()}
    WahaArchiveMonth.objects.filter(pk=row.pk, state=state, last_id=row.last_id).update(**values)


def _move_on(row: WahaArchiveMonth, high: int, copied: int, **values: str) -> None:
    """Move the resume point, if it is where we read it: two runs never both move it."""
    moved = WahaArchiveMonth.objects.filter(pk=row.pk, state=row.state, last_id=row.last_id).update(
        last_id=high, rows=F("rows") + copied, **values
    )
    if not moved:
        raise ArchiveError("Another run works on the same month. Wait until it ends.")


def _added(checksum: str, total: int, mixed: int) -> str:
    """The checksum of a whole portion, from those of its batches."""
    before = [int(part) for part in checksum.split(":")] if checksum else [0, 0]
    return f"{(before[0] + total) % 2**63}:{before[1] ^ mixed}"


def _row(portion: Portion) -> WahaArchiveMonth:
    return WahaArchiveMonth.objects.get(month=portion.month.start.date(), shard=portion.shard)


def _is_flipped(month: Month) -> bool:
    return all(row.archived_at is not None for row in months.rows_of(month))


def _grace_passed(this: Run, month: Month) -> bool:
    """Whether readers have heard of the flip; with `wait`, stay until they have."""
    flipped_at: datetime = max(filter(None, (row.archived_at for row in months.rows_of(month))))
    while (left := (flipped_at + this.grace - timezone.now()).total_seconds()) > 0:
        if not this.wait:
            return False
        this.step()
        time.sleep(min(left, 1.0))
    return True
