"""The history of health: a sample every few minutes and at every change, kept for a month."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from accounts import access_cache
from mercury.ops.findings import Finding
from mercury.ops.health.check import DatabaseHealthCheck, overall
from mercury.ops.models import HealthSample, SlowQuery

EVERY = timedelta(minutes=5)
KEPT_FOR = timedelta(days=31)
SLOW_KEPT_FOR = timedelta(days=31)


def take() -> HealthSample | None:
    """Look at everything; write it down when the last sample is old or something has changed."""
    found = DatabaseHealthCheck().check()
    now = timezone.now()
    states = {name: finding.state.value for name, finding in found.items()}
    last = HealthSample.objects.order_by("-at").first()
    # A little less than EVERY: the schedule asks once a minute, never to the second.
    if last and last.states == states and now - last.at < EVERY - timedelta(seconds=30):
        return None
    sample = HealthSample.objects.create(
        at=now, state=overall(found).value, states=states, figures=figures(found)
    )
    HealthSample.objects.filter(at__lt=now - KEPT_FOR).delete()
    SlowQuery.objects.filter(last_seen_at__lt=now - SLOW_KEPT_FOR).delete()
    return sample


def figures(found: dict[str, Finding]) -> dict[str, float]:
    """All numbers of a check, flat: {"connection.milliseconds": 1.2, ...}."""
    numbers = {
        f"{name}.{unit}": number
        for name, finding in found.items()
        for unit, number in finding.figures.items()
    }
    # Without Redis each process counts for itself, and a worker's count says nothing of pages.
    if settings.REDIS_URL:
        numbers["access_cache.share"] = round(access_cache.hit_rate().share, 4)
    return numbers


def last_day(now: datetime) -> list[HealthSample]:
    """The samples of the last 24 hours, oldest first."""
    return list(HealthSample.objects.filter(at__gte=now - timedelta(hours=24)).order_by("at"))
