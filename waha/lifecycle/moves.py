"""Moves the archive of numbers between shards, after their count or a number's company changed.

Copied in batches by id and held against each other; then the place is switched under the gate,
so that no event writes to the old rows; what stays behind is deleted once readers have heard.
Each step is written down, so a move that is killed is simply run again.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet
from django.utils import timezone

from mercury.db import partitions
from mercury.db.locks import named_lock
from mercury.db.partitions import Month
from mercury.db.retry import retried
from mercury.db.sharding import shards
from waha.lifecycle import places, portions
from waha.lifecycle.archive import GRACE, LOCK
from waha.lifecycle.freeing import SKEW
from waha.lifecycle.portions import ARCHIVE, ArchiveError
from waha.models import WahaArchiveMonth, WahaArchivePlace, WahaMessageArchive, whereabouts

BATCH = 2_000
TRIES = 5


@dataclass(slots=True)
class Moved:
    """What a run did: numbers moved and messages copied."""

    numbers: list[int] = field(default_factory=list)
    messages: int = 0


@dataclass(frozen=True, slots=True)
class Move:
    """One number's rows on their way from one database to another."""

    session_id: int
    source: str
    target: str
    names: list[str]

    def where(self, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        return "session_id = %s", [self.session_id]

    def rows(self, shard: str) -> QuerySet[WahaMessageArchive]:
        return WahaMessageArchive.objects.using(shard).filter(session_id=self.session_id)

    def prepare(self) -> None:
        """Give the target the partitions of the months that come."""
        there = connections[self.target]
        if partitions.supported(there):
            for day in WahaArchiveMonth.objects.values_list("month", flat=True).distinct():
                partitions.ensure(there, ARCHIVE, Month(day.year, day.month))

    def batches(self, low: int) -> Iterator[tuple[int, int]]:
        """(after, up to) of each batch of ids; then what the target has beyond the last."""
        while pks := list(
            self.rows(self.source)
            .filter(pk__gt=low)
            .order_by("pk")
            .values_list("pk", flat=True)[:BATCH]
        ):
            yield low, pks[-1]
            low = pks[-1]
        self.rows(self.target).filter(pk__gt=low)._raw_delete(self.target)

    def copy(self, low: int, high: int) -> None:
        """Let the target hold what the source has of these ids."""
        span, params = "id > %s AND id <= %s", [low, high]
        found = portions.read(self.source, ARCHIVE, self, self.names, span, params)
        with transaction.atomic(using=self.target):
            old = self.rows(self.target).filter(pk__gt=low, pk__lte=high)
            old._raw_delete(self.target)
            portions.insert(connections[self.target], self.names, found)

    def verify(self, low: int, high: int) -> None:
        """Copy these ids again unless both sides say the same of every column."""
        span, params = "id > %s AND id <= %s", [low, high]
        here, there = (
            portions.digest(portions.read(alias, ARCHIVE, self, self.names, span, params))
            for alias in (self.source, self.target)
        )
        if here != there:
            self.copy(low, high)


def wanted(count: int | None = None) -> list[tuple[WahaArchivePlace, str]]:
    """Numbers whose archive lies elsewhere than their company says, with where it belongs.

    With `count`, where it would belong with so many shards. Raises ArchiveError when an archive
    lies in a database that is not configured.
    """
    if lost := places.unknown():
        raise ArchiveError(lost)
    found = WahaArchivePlace.objects.select_related("session").order_by("pk")
    pairs = [
        (place, shards.get_shard_for_company(place.session.company_id, count=count))
        for place in found
    ]
    return [(place, target) for place, target in pairs if place.shard != target]


def rebalance(
    *, tell: Callable[[str], None], grace: timedelta = GRACE, count: int | None = None
) -> Moved:
    """Move every archive to where it belongs, with `count` shards if told.

    Raises Busy while the archive is worked on, and ArchiveError.
    """
    done = Moved()
    with named_lock(LOCK) as check:
        places.settle()
        pairs = wanted(count)
        _clear_all(tell, grace)  # what an earlier run left behind
        for place, target in pairs:
            done.messages += _move(place, target, check, tell)
            done.numbers.append(place.pk)
        _clear_all(tell, grace)
    return done


def _move(
    place: WahaArchivePlace, target: str, check: Callable[[], None], tell: Callable[[str], None]
) -> int:
    """Copy, verify and switch one number's archive; returns how many messages it has."""
    if place.moving_to != target:
        WahaArchivePlace.objects.filter(pk=place.pk).update(moving_to=target, last_id=0)
        place.moving_to, place.last_id = target, 0
    move = Move(place.pk, place.shard, target, portions.columns(target))
    move.prepare()
    for low, high in move.batches(place.last_id):
        check()
        move.copy(low, high)
        WahaArchivePlace.objects.filter(pk=place.pk).update(last_id=high)
        tell(f"session {place.pk}: copied up to {high}")
    for _ in range(TRIES):
        started = timezone.now()
        for low, high in move.batches(0):
            check()
            move.verify(low, high)
        if _switch(place, move, started):
            count = move.rows(target).count()
            tell(f"session {place.pk}: {count:,} messages now in {target}")
            return count
    raise ArchiveError(
        f"The archive of session {place.pk} differs between {place.shard} and {target} after "
        f"{TRIES} attempts. Reads stay where they were; run it again."
    )


@retried()
def _switch(place: WahaArchivePlace, move: Move, started: datetime) -> bool:
    """Switch the place if both sides are the same, with writers of old messages kept out."""
    with transaction.atomic():
        if connections[DEFAULT_DB_ALIAS].vendor == "mysql":
            whereabouts.hold_gate("FOR UPDATE")
        changed = move.rows(move.source).filter(updated_at__gte=started - SKEW)
        for pk in changed.values_list("pk", flat=True):
            move.copy(pk - 1, pk)
        if move.rows(move.source).count() != move.rows(move.target).count():
            return False
        WahaArchivePlace.objects.filter(pk=place.pk).update(
            shard=move.target, moving_to="", last_id=0, leaving=move.source,
            switched_at=timezone.now(),
        )  # fmt: skip
    whereabouts.forget()
    return True


def _clear_all(tell: Callable[[str], None], grace: timedelta) -> None:
    """Delete what moved away, once every reader has heard where it is now."""
    for place in WahaArchivePlace.objects.exclude(leaving="").order_by("pk"):
        if place.switched_at is not None:
            left = (place.switched_at + grace - timezone.now()).total_seconds()
            time.sleep(max(left, 0.0))
        while pks := list(
            WahaMessageArchive.objects.using(place.leaving)
            .filter(session_id=place.pk)
            .values_list("pk", flat=True)[:BATCH]
        ):
            gone = WahaMessageArchive.objects.using(place.leaving).filter(pk__in=pks)
            gone._raw_delete(place.leaving)
        tell(f"session {place.pk}: {place.leaving} is cleared")
        WahaArchivePlace.objects.filter(pk=place.pk).update(leaving="", switched_at=None)
