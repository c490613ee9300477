"""Applies the journal: session by session, in bulk, and one by one where bulk fails.

Each unit is one transaction that ends by prolonging the lease, so two drains never both commit.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Q

from mercury.celery import hint
from mercury.db.retry import is_victim, retried
from waha.gateway.payloads import Event, IncomingMessage, PayloadError, decode, parse
from waha.inbound import journal
from waha.inbound.apply import (
    Later,
    LeftOut,
    Origin,
    Outcome,
    Parked,
    StaleBatch,
    apply_events,
)
from waha.inbound.journal import Entry
from waha.inbound.lease import Lease, LeaseLost, claim
from waha.models import WahaSession

logger = logging.getLogger(__name__)

BATCH = 500
UNIT = 50
"""Events in one transaction when they go one by one."""

BATCHES_A_TURN = 4
"""After so many batches another session has its turn."""

MAX_SECONDS = 100.0
FAST_TRIES = 3
SEEN_STEP = timedelta(seconds=5)

# MySQL's words for "the server is away or going", which no event is to blame for.
AWAY = {1040, 1053, 1158, 1159, 1160, 1161, 1317, 2002, 2003, 2006, 2013, 2055, 3024, 4031}


@dataclass(frozen=True, slots=True)
class Failure:
    """An event that could not be applied, and whether trying again is pointless."""

    reason: str
    for_good: bool


Result = Outcome | Failure


def drain_all(*, max_seconds: float = MAX_SECONDS) -> int:
    """Apply everything that is due, sessions by turns; returns how many events were taken.

    Ends after `max_seconds` at the latest and hints its own continuation.
    """
    deadline = time.monotonic() + max_seconds
    for session in WahaSession.objects.all():
        journal.recheck_parked(session.pk)
    taken = 0
    while sessions := journal.sessions_due(journal.now()):
        in_turn = sum(drain_session(session) for session in sessions)
        taken += in_turn
        if time.monotonic() > deadline:
            hint("drain")
            break
        if not in_turn:  # other drains have them all
            break
    return taken


def drain_session(session: WahaSession) -> int:
    """Apply up to four batches of one session; returns how many events were taken."""
    lease = claim(session.pk)
    if lease is None:
        return 0
    taken = 0
    try:
        if lease.careful:
            logger.warning("session %s: one by one after an unfinished drain", session.pk)
            entries = journal.due(session.pk, journal.now(), BATCH)
            _carefully(session, lease, entries)
            lease.settle()
            taken += len(entries)
        for _ in range(BATCHES_A_TURN):
            entries = journal.due(session.pk, journal.now(), BATCH)
            if not entries:
                break
            # What failed before, or may have killed a worker, endangers no batch again.
            fresh = [entry for entry in entries if not entry.attempts]
            _carefully(session, lease, [entry for entry in entries if entry.attempts])
            for road in _by_road(fresh):
                _apply(session, lease, road)
            taken += len(entries)
    except LeaseLost:
        logger.warning("session %s: lease lost, nothing of the unit is committed", session.pk)
        return taken
    except BaseException:
        lease.give_up()
        raise
    lease.release()
    return taken


def _by_road(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Cut a batch where the road changes that its events came by, keeping their order."""
    return [list(run) for _road, run in groupby(entries, key=lambda each: Origin.of(each.event))]


def _carefully(session: WahaSession, lease: Lease, entries: Sequence[Entry]) -> None:
    """Apply event by event, counting each attempt before it is made.

    For when one of these events may kill the worker: the next one then knows which it was.
    """
    for entry in entries:
        if entry.attempts >= journal.MAX_ATTEMPTS:
            journal.fail(entry, journal.KILLED, journal.now(), for_good=True)
            continue
        journal.begin(entry, journal.now())
        _one_by_one(session, lease, [entry])


def _apply(session: WahaSession, lease: Lease, entries: list[Entry]) -> None:
    """Apply a batch in bulk, or one by one when that fails."""
    for _ in range(FAST_TRIES):
        try:
            return _in_bulk(session, lease, entries)
        except LeaseLost:
            raise
        except (StaleBatch, IntegrityError):
            continue  # somebody was faster with a row: read again
        except OperationalError as error:
            if _nobodys_fault(error):
                raise
            break
        except Exception as error:
            logger.info("session %s: batch fails with %s", session.pk, type(error).__name__)
            break
    # In short units: each must end well within the lease, or the next drain fares no better.
    for start in range(0, len(entries), UNIT):
        _one_by_one(session, lease, entries[start : start + UNIT])


@retried()
def _in_bulk(session: WahaSession, lease: Lease, entries: list[Entry]) -> None:
    with transaction.atomic():
        rows, results = _results(session, entries)
        _write_results(rows, results)
        lease.hold()
    _after(session, entries)


@retried()
def _one_by_one(session: WahaSession, lease: Lease, entries: list[Entry]) -> None:
    """Apply each event under a savepoint of its own, so that a bad one harms no other."""
    with transaction.atomic():
        for entry in entries:
            _write_results([entry], [_result(session, entry)])
        lease.hold()
    _after(session, entries)


def _results(session: WahaSession, entries: list[Entry]) -> tuple[list[Entry], list[Result]]:
    """Apply in bulk; what waits for messages of this batch comes along."""
    parsed = _parse_all(entries)
    woken = journal.waiting(session.pk, _new_ids(parsed))
    rows, parsed = [*entries, *woken], [*parsed, *_parse_all(woken)]
    events = [event for event in parsed if not isinstance(event, Failure)]
    outcomes = iter(apply_events(session, events, origin=Origin.of(entries[0].event)))
    return rows, [each if isinstance(each, Failure) else next(outcomes) for each in parsed]


def _result(session: WahaSession, entry: Entry) -> Result:
    """Apply one event; what waits for it becomes due and comes in a turn of its own."""
    (event,) = _parse_all([entry])
    if isinstance(event, Failure):
        return event
    for _ in range(FAST_TRIES):
        try:
            return _under_savepoint(session, event, Origin.of(entry.event))
        except (StaleBatch, IntegrityError) as error:
            failure = _failure(error)  # somebody was faster with a row: read again
        except Exception as error:
            return _failure(error)
    return failure


def _under_savepoint(session: WahaSession, event: Event, origin: Origin) -> Result:
    with transaction.atomic():
        (outcome,) = apply_events(session, [event], origin=origin)
        journal.wake(session.pk, _new_ids([event]))
    return outcome


def _failure(error: Exception) -> Failure:
    """Return the reason, or raise on when the database is to blame and not the event."""
    if isinstance(error, OperationalError) and (_nobodys_fault(error) or is_victim(error)):
        raise error
    if isinstance(error, PayloadError):
        return Failure(str(error), for_good=True)
    return Failure(f"{type(error).__name__}: {error}", for_good=False)


def _nobodys_fault(error: OperationalError) -> bool:
    return bool(error.args) and error.args[0] in AWAY


def _parse_all(entries: Sequence[Entry]) -> list[Event | Failure]:
    return [_parse(entry) for entry in entries]


def _parse(entry: Entry) -> Event | Failure:
    try:
        return parse(decode(entry.body), received_at=entry.received_at)
    except Exception as error:
        return _failure(error)


def _new_ids(events: Sequence[Event | Failure]) -> list[str]:
    return [event.raw_id for event in events if isinstance(event, IncomingMessage)]


def _write_results(entries: Sequence[Entry], results: Sequence[Result]) -> None:
    """Write down what became of each event."""
    at = journal.now()
    done: list[int] = []
    left_out: list[int] = []
    parked: list[tuple[Entry, str]] = []
    for entry, result in zip(entries, results, strict=True):
        if isinstance(result, Failure):
            journal.fail(entry, result.reason, at, for_good=result.for_good)
        elif isinstance(result, Parked):
            parked.append((entry, result.waiting_for))
        elif isinstance(result, LeftOut):
            left_out.append(entry.pk)
        elif isinstance(result, Later):
            journal.postpone([entry.pk], result.seconds, at)
        else:
            done.append(entry.pk)
    journal.mark_done(done)
    journal.blank(left_out)
    journal.park(parked)


def _after(session: WahaSession, entries: Sequence[Entry]) -> None:
    """Note the sign of life outside the unit, so that no batch locks its session's row.

    What we fetched ourselves is none.
    """
    live = [each.received_at for each in entries if Origin.of(each.event) is Origin.LIVE]
    if not live:
        return
    newest = max(live)
    WahaSession.objects.filter(
        Q(last_event_at=None) | Q(last_event_at__lt=newest - SEEN_STEP), pk=session.pk
    ).update(last_event_at=newest)
