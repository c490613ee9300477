"""Which table and which database a message is in.

A month is archived for everybody at one moment, the flip of its WahaArchiveMonth rows. Before
it the table in use is the truth, after it the archive. Readers go by what they read up to
CACHED seconds ago: both tables hold the month for longer than that. Who changes an old message
passes the gate first: its shared lock lets no flip happen until that transaction ends.
"""

import time
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.utils import timezone

from mercury.db.partitions import Month
from mercury.db.sharding import shards
from waha.models.archive import (
    FLIPPED,
    WahaArchiveGate,
    WahaArchiveMonth,
    WahaArchivePlace,
    WahaMessageArchive,
)
from waha.models.message import MessageFields, MessageQuerySet, WahaMessage
from waha.models.session import WahaSession

CACHED = 2.0  # seconds
# Months younger than this are never archived, so a message that is younger needs no look.
ALWAYS_HOT = timedelta(days=28)


class Months(frozenset[Month]):
    """The months whose truth is the archive."""

    def holds(self, at: datetime) -> bool:
        """Whether a message of that time is in the archive."""
        return bool(self) and Month.of(at.astimezone(UTC)) in self

    def meet(self, earliest: datetime, latest: datetime) -> bool:
        """Whether one of them has a moment in [earliest, latest]."""
        first, last = Month.of(earliest.astimezone(UTC)), Month.of(latest.astimezone(UTC))
        return any(first <= month <= last for month in self)


_months: tuple[float, Months] = (0.0, Months())
_places: dict[int, tuple[float, str]] = {}


def months() -> Months:
    """The archived months as a reader may see them: at most CACHED seconds old."""
    global _months
    read_at, known = _months
    if not read_at or time.monotonic() - read_at > CACHED:
        known = read_months()
        _months = (time.monotonic(), known)
    return known


def read_months() -> Months:
    """The archived months as they are now. One query."""
    rows = WahaArchiveMonth.objects.using(DEFAULT_DB_ALIAS).filter(state__in=FLIPPED)
    days: Iterable[date] = rows.values_list("month", flat=True).distinct().order_by()
    return Months(Month(day.year, day.month) for day in days)


def is_old(at: datetime) -> bool:
    """Whether a message of that time might be archived at all."""
    return at < timezone.now() - ALWAYS_HOT


def pass_gate() -> Months:
    """The archived months, which stay as they are until the current transaction ends.

    For whoever is about to write to messages that are old. Waits while a month is flipped,
    which takes a moment. On SQLite the write transaction itself keeps everybody else out.
    """
    if connections[DEFAULT_DB_ALIAS].vendor == "mysql":
        hold_gate("LOCK IN SHARE MODE")
    return read_months()


def hold_gate(lock: str) -> None:
    """Take the gate's row lock until the current transaction ends; MySQL and MariaDB."""
    connection = connections[DEFAULT_DB_ALIAS]
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("The gate is passed inside a transaction.")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM waha_archive_gate WHERE id = 1 {lock}")  # noqa: S608  # ours
        if cursor.fetchone():
            return
    # Emptied with the other tables, by a test or a restore: make it and try again.
    WahaArchiveGate.objects.using(DEFAULT_DB_ALIAS).get_or_create(pk=1)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM waha_archive_gate WHERE id = 1 {lock}")  # noqa: S608  # ours


def place_of(session_id: int) -> str:
    """The database of a number's archive; at most CACHED seconds old."""
    read_at, alias = _places.get(session_id, (0.0, ""))
    if not read_at or time.monotonic() - read_at > CACHED:
        alias = read_place(session_id)
        _places[session_id] = (time.monotonic(), alias)
    return alias


def read_place(session_id: int) -> str:
    """The database of a number's archive as it is now: written down, or by its company."""
    places = WahaArchivePlace.objects.using(DEFAULT_DB_ALIAS).filter(pk=session_id)
    if place := places.values_list("shard", flat=True).first():
        return str(place)
    sessions = WahaSession.objects.using(DEFAULT_DB_ALIAS).filter(pk=session_id)
    return shards.get_shard_for_company(sessions.values_list("company_id", flat=True).first())


def archive_of(session_id: int) -> MessageQuerySet[WahaMessageArchive]:
    """Archived messages in the database of that number; the caller filters them."""
    return WahaMessageArchive.objects.using(place_of(session_id))


def archive_for_writing(session_id: int) -> MessageQuerySet[WahaMessageArchive]:
    """The same for who passed the gate: the place as it is now, for it may just be moving."""
    return WahaMessageArchive.objects.using(read_place(session_id))


def months_between(earliest: datetime, latest: datetime) -> Months:
    """The archived months if one of them meets [earliest, latest], else none.

    Asks nobody about times that are too young to be archived: nearly all pages.
    """
    if earliest > latest or not is_old(earliest):
        return Months()
    known = months()
    return known if known.meet(earliest, latest) else Months()


def find(session_id: int, pk: int, at: datetime) -> MessageFields | None:
    """A message by its key and time, wherever it is."""
    if is_old(at) and months().holds(at):
        archived = archive_of(session_id).filter(pk=pk, created_at=at).first()
        if archived is not None:
            return archived
    # Also what came late for a month that is archived and waits here for the next run.
    return WahaMessage.objects.filter(pk=pk, created_at=at).first()


def find_to_change(session_id: int, pk: int, at: datetime) -> MessageFields | None:
    """The same for who is about to change it, in the transaction of the change."""
    if is_old(at) and pass_gate().holds(at):
        archived = archive_for_writing(session_id).filter(pk=pk, created_at=at).first()
        if archived is not None:
            return archived
    return WahaMessage.objects.filter(pk=pk, created_at=at).first()


def forget() -> None:
    """Read everything anew; for this process only."""
    global _months
    _months = (0.0, Months())
    _places.clear()
