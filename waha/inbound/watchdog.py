"""Notices a number that says WORKING while nothing comes in: an alarm, and one restart.

Two signs. Reading the history brings messages of which no webhook told (deaf). Or nothing has
come for many times the usual pause, at an hour when something came before (silent).
"""

import logging
from datetime import datetime, timedelta
from itertools import pairwise

from django.utils import timezone

from audit import log
from waha import reachout, watch
from waha.gateway.client import WahaClient
from waha.models import (
    Alarm,
    EventState,
    SyncKind,
    SyncState,
    WahaEvent,
    WahaSession,
    WahaSync,
)

logger = logging.getLogger(__name__)

SAMPLE = 200
TIMES = 6
SHORTEST = timedelta(minutes=15)
LONGEST = timedelta(hours=24)
RESTART_AGAIN_AFTER = timedelta(hours=6)
# A webhook may be on its way that long.
ON_ITS_WAY = timedelta(minutes=1)
DAY, WEEK = timedelta(days=1), timedelta(days=7)
ENOUGH = 20


def look(client: WahaClient, number: WahaSession) -> Alarm:
    """Judge one number that works, raise or take back the alarm, restart it once.

    Raises WahaError.
    """
    now = timezone.now()
    times = _live_times(number)
    found = Alarm.NONE
    if _is_deaf(number, now):
        found = Alarm.DEAF
    elif is_silent(times, now):
        found = Alarm.SILENT
    if found is Alarm.NONE:
        _calm(number, times)
        return found
    if watch.alarm(number, found):
        _restart(client, number, now)
    return found


def is_silent(times: list[datetime], now: datetime) -> bool:
    """Whether the pause since the newest of `times` (newest first) is out of the ordinary.

    Many times the usual pause, and not at an hour at which nothing came a week (or, with less
    to go by, a day) ago either: nights and Sundays are quiet.
    """
    if len(times) < ENOUGH:
        return False
    quiet = now - times[0]
    gaps = sorted(later - earlier for later, earlier in pairwise(times))
    usual = gaps[len(gaps) * 9 // 10]
    if quiet < min(max(SHORTEST, TIMES * usual), LONGEST):
        return False
    oldest = times[-1]
    for back in (WEEK, DAY):
        begins, ends = times[0] - back, now - back
        if oldest <= begins:
            return any(begins < at <= ends for at in times)
    return True


def _live_times(number: WahaSession) -> list[datetime]:
    """When its latest messages and ticks came, newest first: a week's worth at most."""
    rows = WahaEvent.objects.filter(
        session=number, state=EventState.DONE, event__startswith="message"
    ).order_by("-pk")
    newest = list(rows.values_list("received_at", flat=True)[:SAMPLE])
    if len(newest) < SAMPLE or newest[-1] <= timezone.now() - WEEK - DAY:
        return newest
    # A busy number: the sample says how dense, these say whether the hour was ever quiet.
    shifted = rows.filter(
        received_at__gt=newest[0] - WEEK, received_at__lte=timezone.now() - WEEK
    ).values_list("received_at", flat=True)[:1]
    before = rows.filter(received_at__lte=newest[0] - WEEK).values_list("received_at", flat=True)
    return [*newest, *shifted, *before[:1]]


def _is_deaf(number: WahaSession, now: datetime) -> bool:
    """Whether the latest reading brought messages and no webhook came since the newest of them."""
    row = (
        WahaSync.objects.filter(session=number, kind=SyncKind.RECONCILE, state=SyncState.DONE)
        .order_by("-pk")
        .first()
    )
    if row is None or row.newest_found_at is None or row.finished_at is None:
        return False
    missed = row.newest_found_at
    # What came during an outage was missed for a known reason.
    if row.outage_from is not None or row.until - missed < ON_ITS_WAY:
        return False
    return number.last_event_at is None or number.last_event_at < missed


def _calm(number: WahaSession, times: list[datetime]) -> None:
    """Take the alarm back once something has come in again."""
    since = number.alarm_at
    if number.alarm == Alarm.DEAF:
        watch.calm(number, Alarm.DEAF)
    elif number.alarm == Alarm.SILENT and since and times and times[0] > since:
        watch.calm(number, Alarm.SILENT)


def _restart(client: WahaClient, number: WahaSession, now: datetime) -> None:
    """Restart it, which mends a connection that hangs; not again and again."""
    last = number.restarted_at
    if reachout.locked_until(number.pk) or (last is not None and now - last < RESTART_AGAIN_AFTER):
        return
    WahaSession.objects.filter(pk=number.pk).update(restarted_at=now)
    number.restarted_at = now
    client.restart_session(number.waha_name)
    log.record("session.restarted", target=number, by=None)
