"""When a question to WAHA is put again, and where it goes on."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from mercury.db.models import TimestampedQuerySet
from waha.models import WahaLookup

LEASE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Again:
    """So long from now, from this place on; `vain` is how often nobody knew."""

    after: timedelta
    place: int = 0
    vain: int = 0


def mine(row: WahaLookup) -> TimestampedQuerySet[WahaLookup]:
    """The row as long as nobody else has claimed or wanted it."""
    return WahaLookup.objects.filter(pk=row.pk, due_at=row.due_at)


def hold(row: WahaLookup, place: int) -> bool:
    """Keep a claim on, and write down how far it got; False when it is not ours any more."""
    until = timezone.now() + LEASE
    if not mine(row).update(due_at=until, place=place):
        return False
    row.due_at, row.place = until, place
    return True


def put_off(row: WahaLookup, again: Again, error: str = "") -> None:
    """Have it asked later, unless it was wanted meanwhile."""
    now = timezone.now()
    WahaLookup.objects.filter(pk=row.pk).update(last_error=error[:255], answered_at=now)
    mine(row).update(due_at=now + again.after, attempts=0, place=again.place, vain=again.vain)


def settle(row: WahaLookup, error: str = "") -> None:
    """End the work, unless it was wanted again meanwhile."""
    now = timezone.now()
    WahaLookup.objects.filter(pk=row.pk).update(last_error=error[:255], answered_at=now)
    mine(row).update(due_at=None, attempts=0, place=0, vain=0)
