"""What came in, hour by hour: told by whoever answered, and found in the journal."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Count
from django.db.models.functions import TruncHour
from django.utils import timezone

from waha.models import EventState, WahaEvent, WahaEventCount

SHOWN = 24


@dataclass(slots=True)
class Tally:
    """Webhooks of a number in an hour, or in all the hours shown."""

    received: int = 0
    repeated: int = 0
    stored: int = 0
    waiting: int = 0
    parked: int = 0
    done: int = 0
    dead: int = 0

    @property
    def missing(self) -> int:
        """Answered with 200 and not in the journal: anything but 0 is a loss.

        A process that is killed takes what it counted last with it, so there may be more in the
        journal than was counted.
        """
        return max(0, self.received - self.stored)

    def take(self, other: "Tally") -> None:
        """Add another tally to this one."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


Hours = dict[datetime, Tally]
COLUMN = {
    EventState.NEW: "waiting",
    EventState.PARKED: "parked",
    EventState.DONE: "done",
    EventState.DEAD: "dead",
}


def read(session_ids: Iterable[int], hours: int = SHOWN) -> dict[int, Hours]:
    """The tallies of several numbers by hour, newest first; two queries."""
    this_hour = timezone.now().astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    since, pks = this_hour - timedelta(hours=hours - 1), list(session_ids)
    found: dict[int, Hours] = {pk: {} for pk in pks}
    for number in range(hours):
        for pk in pks:
            found[pk][this_hour - timedelta(hours=number)] = Tally()
    counted = WahaEventCount.objects.filter(hour__gte=since, session_id__in=pks)
    for pk, hour, received, repeated in counted.values_list(
        "session_id", "hour", "received", "repeated"
    ):
        tally = found[pk].setdefault(hour, Tally())
        tally.received, tally.repeated = received, repeated
    stored = (
        WahaEvent.objects.filter(received_at__gte=since, session_id__in=pks)
        .annotate(hour=TruncHour("received_at", tzinfo=UTC))
        .values("session_id", "hour", "state")
        .annotate(number=Count("pk"))
        .order_by()
    )
    for row in stored:
        tally = found[row["session_id"]].setdefault(row["hour"], Tally())
        tally.stored += row["number"]
        column = COLUMN[EventState(row["state"])]
        setattr(tally, column, getattr(tally, column) + row["number"])
    return found


def totals(found: dict[int, Hours]) -> dict[int, Tally]:
    """All hours of each number together."""
    sums: dict[int, Tally] = defaultdict(Tally)
    for pk, hours in found.items():
        for tally in hours.values():
            sums[pk].take(tally)
    return sums
