"""Who reported last: workers and the schedule leave a mark in the database.

A mark is written by a task that went through the queue, or by the schedule as it hands one on:
a process that lives but takes no work leaves none.
"""

import logging
import time
from datetime import datetime
from typing import Any

from django.db import DatabaseError, IntegrityError, connections
from django.db.models.functions import Now
from django.utils import timezone

from mercury.ops.models import HealthMark

logger = logging.getLogger(__name__)

WORKER, DRAIN, SCHEDULE, INVARIANTS = "worker.default", "worker.drain", "schedule", "invariants"
ALIAS = "journal"
"""The database under timeouts of a second: reporting must never hold up the work itself."""

THROTTLE = 5.0
_reported: dict[str, float] = {}


def report(name: str, said: dict[str, Any] | None = None) -> None:
    """Leave the mark `name`, by the database's clock, with what there is to say."""
    rows = HealthMark.objects.using(ALIAS)
    values: dict[str, Any] = {"at": Now(), "said": said or {}}
    if rows.filter(pk=name).update(**values):
        return
    try:
        rows.create(pk=name, **values)
    except IntegrityError:  # another process was first, a moment ago
        return


def report_alive(name: str) -> None:
    """Leave the mark `name`; never raises, for one that is missing speaks for itself."""
    try:
        report(name)
    except DatabaseError as error:
        connections[ALIAS].close()
        logger.warning("%s cannot report: %s", name, type(error).__name__)


def report_schedule(**_signal: Any) -> None:
    """Leave the schedule's mark, every few seconds, as it hands a task on; never raises."""
    if time.monotonic() - _reported.get(SCHEDULE, 0.0) >= THROTTLE:
        _reported[SCHEDULE] = time.monotonic()
        report_alive(SCHEDULE)


def read(alias: str = ALIAS) -> dict[str, HealthMark]:
    """All marks by their names."""
    return {mark.name: mark for mark in HealthMark.objects.using(alias)}


def database_now(alias: str = ALIAS) -> datetime:
    """The database's clock. Raises DatabaseError."""
    connection = connections[alias]
    if connection.vendor == "sqlite":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT UTC_TIMESTAMP(6)")
        moment: datetime = cursor.fetchone()[0]
    return timezone.make_aware(moment, timezone.get_default_timezone())
