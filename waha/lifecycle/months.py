"""Which months are due for the archive, and what keeps one back."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Min, QuerySet
from django.utils import timezone

from mercury.db.partitions import Month
from waha.models import (
    ArchiveState,
    MediaState,
    OutboxState,
    WahaArchiveMonth,
    WahaMedia,
    WahaMessage,
    WahaOutbox,
)
from waha.models.archive import FLIPPED

LEAST_AGE = 1
"""Months younger than this may not be archived: `whereabouts.ALWAYS_HOT` relies on it."""

UNFLIPPED = (ArchiveState.COPYING, ArchiveState.VERIFYING, ArchiveState.VERIFIED)
MOVING = (OutboxState.QUEUED, OutboxState.SENDING)


@dataclass(frozen=True, slots=True)
class Due:
    """A month that is old enough, and how many rows of it are still on the move."""

    month: Month
    rows: int
    kept_back: int


def last_due(older_than: int, *, now: datetime | None = None) -> Month:
    """The youngest month that ended at least `older_than` months ago."""
    if older_than < LEAST_AGE:
        raise ValueError(f"Months younger than {LEAST_AGE} are never archived.")
    at = (now or timezone.now()).astimezone(UTC)
    return Month.of(at).plus(-older_than - 1)


def due(older_than: int) -> list[Month]:
    """Months with rows in use that are old enough and not flipped yet, oldest first."""
    oldest = _oldest()
    begun = _of_state(*UNFLIPPED)
    if oldest is None:
        return begun
    done, last = set(_of_state(*FLIPPED)), last_due(older_than)
    found = set(begun)
    month = Month.of(oldest.astimezone(UTC))
    while month <= last:
        if month not in done and hot(month).exists():
            found.add(month)
        month = month.plus(1)
    return sorted(found)


def to_free() -> list[Month]:
    """Months whose truth is the archive and whose rows in use are still there."""
    return _of_state(ArchiveState.ARCHIVED)


def flipped() -> list[Month]:
    """Months whose truth is the archive, oldest first."""
    return _of_state(*FLIPPED)


def rows_of(month: Month) -> list[WahaArchiveMonth]:
    """What is written down of a month, a row a database."""
    return list(WahaArchiveMonth.objects.filter(month=month.start.date()).order_by("shard"))


def hot(month: Month) -> QuerySet[WahaMessage]:
    """The month's rows in the table in use."""
    return WahaMessage.objects.filter(
        created_at__gte=month.start, created_at__lt=month.plus(1).start
    )


def kept_back(month: Month) -> int:
    """Sends and files of the month that a worker is about to write to.

    Rare at that age: a send gives up within a day, a file within days. What is failed or not
    confirmed keeps nothing back; it is archived as it stands.
    """
    during = {
        "message_created_at__gte": month.start,
        "message_created_at__lt": month.plus(1).start,
    }
    sends = WahaOutbox.objects.filter(state__in=MOVING, **during).count()
    return sends + WahaMedia.objects.filter(state=MediaState.PENDING, **during).count()


def look(older_than: int) -> list[Due]:
    """What a run would do, counted."""
    return [Due(month, hot(month).count(), kept_back(month)) for month in due(older_than)]


def _oldest() -> datetime | None:
    # By number: the index (session, created_at) has each number's first row at its end.
    firsts = WahaMessage.objects.values("session_id").annotate(first=Min("created_at")).order_by()
    return min((row["first"] for row in firsts), default=None)


def _of_state(*states: str) -> list[Month]:
    days = WahaArchiveMonth.objects.filter(state__in=states).values_list("month", flat=True)
    return sorted({Month(day.year, day.month) for day in days})
