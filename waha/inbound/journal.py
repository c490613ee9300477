"""The journal: every webhook as it came, and what became of it.

A row is `new` until it is applied (`done`), waits for the message it speaks of (`parked`), or
cannot be applied (`dead`, with a reason; `replay` makes it new again).
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, connections, models
from django.db.models import Exists, OuterRef
from django.utils import timezone

from mercury.celery import hint
from waha.inbound import counts
from waha.models import EventState, WahaEvent, WahaMessageKey, WahaSession, WahaUpdate

MAX_ATTEMPTS = 5
BACKOFF = (5, 30, 120, 600)
"""Seconds to wait after the first, second, ... failure."""

PARKED_FOR = timedelta(days=7)
KEPT_FOR = timedelta(days=30)
UPDATES_KEPT_FOR = timedelta(days=2)
CHUNK = 1000
RECHECKED = 500

# What events of another account wait for: a person's decision, however long that takes.
ACCOUNT = "account:"
EXPIRED = "The message that this is about never came."
OF_ERASED = "Left out: it is of a person who was erased since."
KILLED = "The worker ended while it applied this event."

# The database's clock for `due_at`, so that web and workers agree on what is due.
CLOCK = {"mysql": "UTC_TIMESTAMP(6)", "sqlite": "STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'now')"}
INSERT = (
    "INSERT INTO waha_events (session_id, event, envelope_id, request_id, body, state, attempts,"
    " due_at, last_error, received_at) VALUES (%s, %s, %s, %s, %s, 'new', 0, {now}, '', %s)"
)
DUPLICATE = 1062


@dataclass(frozen=True, slots=True)
class Entry:
    """A row as the drain reads it."""

    pk: int
    body: bytes
    attempts: int
    received_at: datetime
    event: str = ""


def insert(*, session_id: int, event: str, envelope_id: str, request_id: str, body: bytes) -> bool:
    """Commit one raw webhook on the `journal` connection; False when we have it already.

    One statement in autocommit, so one round trip and one flush. Raises the database's error
    within its short timeouts when it is away.
    """
    journal = connections["journal"]
    # A retry is byte-identical, so the digest names a body whose envelope has no id.
    identity = envelope_id or "sha256:" + hashlib.sha256(body).hexdigest()
    # Our own clock: the row and the counter must speak of the same hour.
    at = timezone.now()
    received_at = journal.ops.adapt_datetimefield_value(at)
    try:
        with journal.cursor() as cursor:
            cursor.execute(
                INSERT.format(now=CLOCK[journal.vendor]),
                [session_id, event, identity, request_id, body, received_at],
            )
    except IntegrityError as error:
        if error.args[0] == DUPLICATE or "UNIQUE" in str(error):
            counts.add(session_id, at, stored=False)
            return False
        raise
    counts.add(session_id, at, stored=True)
    return True


def add_many(session_id: int, event: str, rows: Sequence[tuple[str, bytes]]) -> int:
    """Put bodies into the journal that we fetched ourselves, each (identity, body).

    Returns how many were new; one that is there already is left as it is.
    """
    identities = [identity for identity, _body in rows]
    events = WahaEvent.objects.filter(session_id=session_id, event=event)
    known = set(events.filter(envelope_id__in=identities).values_list("envelope_id", flat=True))
    fresh = {identity: body for identity, body in rows if identity not in known}
    at = now()
    WahaEvent.objects.bulk_create(
        WahaEvent(
            session_id=session_id,
            event=event,
            envelope_id=identity,
            body=body,
            due_at=at,
            received_at=at,
        )
        for identity, body in fresh.items()
    )
    return len(fresh)


def backlog(session_id: int) -> int:
    """How many events of a session wait to be applied."""
    return WahaEvent.objects.filter(state=EventState.NEW, session_id=session_id).count()


def now() -> datetime:
    """The database's clock."""
    if connection.vendor == "sqlite":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT UTC_TIMESTAMP(6)")
        moment: datetime = cursor.fetchone()[0]
    return timezone.make_aware(moment, timezone.get_default_timezone())


def sessions_due(at: datetime) -> list[WahaSession]:
    """Return the sessions with something to apply."""
    due = WahaEvent.objects.filter(state=EventState.NEW, session_id=OuterRef("pk"), due_at__lte=at)
    return list(WahaSession.objects.filter(Exists(due)).order_by("pk"))


def due(session_id: int, at: datetime, limit: int) -> list[Entry]:
    """Return what is due for a session, oldest first."""
    rows = WahaEvent.objects.filter(
        state=EventState.NEW, session_id=session_id, due_at__lte=at
    ).order_by("pk")[:limit]
    return _entries(rows)


def waiting(session_id: int, raw_ids: Iterable[str]) -> list[Entry]:
    """Return the parked events that speak of these messages."""
    wanted = set(raw_ids)
    if not wanted or not _parked(session_id).exists():
        return []
    return _entries(_parked(session_id).filter(waiting_for__in=wanted).order_by("pk"))


def wake(session_id: int, raw_ids: Iterable[str]) -> int:
    """Make parked events of these messages due again; for whoever stores a message's key."""
    return (
        _parked(session_id)
        .filter(waiting_for__in=set(raw_ids))
        .update(state=EventState.NEW, waiting_for=None, due_at=now())
    )


def recheck_parked(session_id: int) -> int:
    """Wake the newest parked events whose message has come by another road, such as a send."""
    waiting_events = _parked(session_id).exclude(waiting_for__startswith=ACCOUNT)
    parked = dict(waiting_events.order_by("-pk").values_list("pk", "waiting_for")[:RECHECKED])
    if not parked:
        return 0
    known = set(
        WahaMessageKey.objects.filter(
            session_id=session_id, from_me__in=(False, True), message_id__in=set(parked.values())
        ).values_list("message_id", flat=True)
    )
    return wake(session_id, known) if known else 0


def mark_done(pks: Sequence[int]) -> None:
    """Events that were applied."""
    if pks:
        WahaEvent.objects.filter(pk__in=pks).update(
            state=EventState.DONE, processed_at=timezone.now(), waiting_for=None, last_error=""
        )


def blank(pks: Sequence[int]) -> None:
    """Events of people who were erased since: counted as received, and nothing kept of them."""
    if pks:
        WahaEvent.objects.filter(pk__in=pks).update(
            state=EventState.DONE,
            processed_at=timezone.now(),
            waiting_for=None,
            last_error=OF_ERASED,
            body=b"",
        )


def park(entries: Iterable[tuple[Entry, str]]) -> None:
    """Events that wait for a message, each with its raw id; they expire after a week."""
    by_message: dict[str, list[Entry]] = defaultdict(list)
    for entry, raw_id in entries:
        by_message[raw_id].append(entry)
    for raw_id, waiting_entries in by_message.items():
        expires = max(entry.received_at for entry in waiting_entries) + PARKED_FOR
        WahaEvent.objects.filter(pk__in=[entry.pk for entry in waiting_entries]).update(
            state=EventState.PARKED,
            waiting_for=raw_id,
            due_at=expires,
            attempts=0,
            last_error="",
        )


def postpone(pks: Sequence[int], seconds: float, at: datetime) -> None:
    """Events to be tried again soon, which is no failure."""
    if pks:
        WahaEvent.objects.filter(pk__in=pks).update(
            state=EventState.NEW,
            waiting_for=None,
            due_at=at + timedelta(seconds=seconds),
            attempts=0,
            last_error="",
        )


def begin(entry: Entry, at: datetime) -> None:
    """Count an attempt before it is made, for events that may kill the worker.

    If they do, the next worker finds them due later and goes on with the others.
    """
    attempts = entry.attempts + 1
    WahaEvent.objects.filter(pk=entry.pk).update(
        attempts=attempts, due_at=at + _pause(attempts), last_error=KILLED
    )


def fail(entry: Entry, reason: str, at: datetime, *, for_good: bool = False) -> None:
    """Count a failure; the fifth, or one that no repetition mends, makes the event dead."""
    attempts = min(entry.attempts + 1, MAX_ATTEMPTS)
    dead = for_good or attempts >= MAX_ATTEMPTS
    WahaEvent.objects.filter(pk=entry.pk).update(
        state=EventState.DEAD if dead else EventState.NEW,
        attempts=attempts,
        due_at=at + _pause(attempts),
        last_error=reason[:2000],
        waiting_for=None,
        processed_at=timezone.now() if dead else None,
    )


def replay(events: "models.QuerySet[WahaEvent]") -> int:
    """Make events new again, with all their attempts, and ask for a drain; returns how many."""
    count = events.exclude(state=EventState.NEW).update(
        state=EventState.NEW,
        attempts=0,
        due_at=now(),
        waiting_for=None,
        last_error="",
        processed_at=None,
    )
    hint("drain")
    return count


def purge() -> dict[str, int]:
    """Let parked events expire and delete old applied ones and old updates; dead ones stay."""
    at = now()
    parked = WahaEvent.objects.filter(state=EventState.PARKED, due_at__lt=at)
    expired = parked.exclude(waiting_for__startswith=ACCOUNT).update(
        state=EventState.DONE, processed_at=at, waiting_for=None, last_error=EXPIRED
    )
    purged = sum(
        _purge_session(session_id, at - KEPT_FOR)
        for session_id in WahaSession.objects.values_list("pk", flat=True)
    )
    updates, _models = WahaUpdate.objects.filter(created_at__lt=at - UPDATES_KEPT_FOR).delete()
    return {"expired": expired, "events": purged, "updates": updates}


def _purge_session(session_id: int, before: datetime) -> int:
    """Delete in small steps from the oldest on, so that no lock is held for long."""
    deleted = 0
    done = WahaEvent.objects.filter(state=EventState.DONE, session_id=session_id)
    while True:
        rows = list(done.order_by("pk").values_list("pk", "received_at")[:CHUNK])
        old = [pk for pk, received_at in rows if received_at < before]
        if old:
            deleted += WahaEvent.objects.filter(pk__in=old).delete()[0]
        if len(old) < CHUNK:
            return deleted


def _parked(session_id: int) -> "models.QuerySet[WahaEvent]":
    return WahaEvent.objects.filter(state=EventState.PARKED, session_id=session_id)


def _pause(attempts: int) -> timedelta:
    return timedelta(seconds=BACKOFF[min(attempts, len(BACKOFF)) - 1])


def _entries(rows: "models.QuerySet[WahaEvent]") -> list[Entry]:
    return [
        Entry(pk, bytes(body), attempts, received_at, event)
        for pk, body, attempts, received_at, event in rows.values_list(
            "pk", "body", "attempts", "received_at", "event"
        )
    ]
