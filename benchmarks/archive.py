"""(f) Archiving a whole month, against a bare INSERT ... SELECT of the same rows.

And how long the freeing of the month keeps writers of old messages waiting. On MySQL and
MariaDB; SQLite has no partitions to free.
"""

import os
import time
from collections.abc import Callable
from datetime import timedelta
from statistics import mean

from django.db import connection
from django.utils import timezone

from benchmarks.pages import size
from benchmarks.report import Figure
from mercury.db import partitions
from mercury.db.locks import named_lock
from mercury.db.partitions import Month
from mercury.ops.seeding.factories import make_session, make_user
from waha.lifecycle import archive, freeing, months, places
from waha.lifecycle.portions import columns
from waha.models import ArchiveState, WahaMessage, WahaMessageArchive

BASE = 10_000
BARE = "bench_archive"
CHATS = 500


def run() -> list[Figure]:
    """Copy, verify, flip and free one month; the bare copy goes into a table like the archive."""
    if not partitions.supported(connection):
        return []
    rows = size(os.environ.get("SCALE") or "1m") // BASE * BASE
    month = Month.of(timezone.now()).plus(-9)
    fill(month, rows)
    bare = [_timed(lambda: _copy_bare(month))]
    with named_lock(archive.LOCK) as check:
        this = archive.Run(check, lambda line: None, grace=timedelta(0))
        places.settle()
        archive.begin(month)
        copying = _timed(lambda: _walk(this, month, ArchiveState.COPYING))
        # Before and after, so that neither gains by what the other left in memory.
        bare.append(_timed(lambda: _copy_bare(month)))
        verifying = _timed(lambda: _walk(this, month, ArchiveState.VERIFYING))
        flipping = _timed(lambda: archive.flip(this, month))
        shut: list[float] = []
        closed, freeing._closed_gate = freeing._closed_gate, lambda: _Watched(closed, shut)
        freed = _timed(lambda: freeing.free(month, this.step, this.tell))
    moved = WahaMessageArchive.objects.filter(created_at__gte=month.start).count()
    left = months.hot(month).count()
    assert (moved, left) == (rows, 0), f"{moved} of {rows} rows are in the archive, {left} left"
    return [
        Figure(
            f"archive: copying {rows:,} rows / INSERT SELECT",
            mean(bare) / copying, 0.6, least=True,
            detail=f"{rows / copying:,.0f}/s : {rows / mean(bare):,.0f}/s; then "
            f"{verifying:.1f} s to verify, {flipping:.1f} s to flip",
        ),
        Figure(
            "archive: freeing the month, gate shut", sum(shut), 1.0, least=False, unit=" s",
            detail=f"{freed:.1f} s with the look before it, gate open",
        ),
    ]  # fmt: skip


class _Watched:
    """A context manager that notes how long another one was entered."""

    def __init__(self, make: Callable[[], object], seconds: list[float]) -> None:
        self.inner = make()
        self.seconds = seconds

    def __enter__(self) -> None:
        self.inner.__enter__()  # type: ignore[attr-defined]
        self.started = time.perf_counter()

    def __exit__(self, *error: object) -> None:
        self.seconds.append(time.perf_counter() - self.started)
        self.inner.__exit__(*error)  # type: ignore[attr-defined]


def fill(month: Month, rows: int) -> None:
    """Write a month of messages: some by the ORM, the rest by the server from those."""
    session = make_session(owner=make_user(), name=f"bench-archive-{month}")
    span = timedelta(days=27) / BASE
    WahaMessage.objects.bulk_create(
        [
            WahaMessage(
                id=number + 1,
                session_id=session.pk,
                chat_id=number % CHATS + 1,
                message_id=f"3EB0{number:018X}",
                content="words of a message, some forty letters " * (number % 4),
                status="received",
                sender_id=f"4915200{number % CHATS:06d}@c.us",
                sender_name=f"Customer {number % CHATS}",
                created_at=month.start + number * span,
            )
            for number in range(BASE)
        ],
        batch_size=1000,
    )
    names = [name for name in columns("default") if name not in {"id", "updated_at"}]
    listed = ", ".join(connection.ops.quote_name(name) for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE waha_messages SET updated_at = created_at WHERE created_at < %s AND id <= %s",
            [month.plus(1).start.replace(tzinfo=None), BASE],
        )
        for copy in range(1, rows // BASE):
            cursor.execute(
                f"INSERT INTO waha_messages (id, updated_at, {listed}) "  # noqa: S608  # our names
                f"SELECT id + %s, updated_at, {listed} FROM waha_messages "
                "WHERE id <= %s AND created_at >= %s AND created_at < %s",
                [
                    copy * BASE,
                    BASE,
                    month.start.replace(tzinfo=None),
                    month.plus(1).start.replace(tzinfo=None),
                ],
            )
        cursor.execute("ANALYZE TABLE waha_messages")
        cursor.fetchall()


def _copy_bare(month: Month) -> None:
    listed = ", ".join(connection.ops.quote_name(name) for name in columns("default"))
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {BARE}")
        cursor.execute(f"CREATE TABLE {BARE} LIKE waha_messages_archive")
        cursor.execute(
            f"INSERT INTO {BARE} ({listed}) SELECT {listed} FROM waha_messages "  # noqa: S608  # our names
            "WHERE created_at >= %s AND created_at < %s",
            [month.start.replace(tzinfo=None), month.plus(1).start.replace(tzinfo=None)],
        )


def _walk(this: archive.Run, month: Month, state: ArchiveState) -> None:
    for portion in places.portions(month):
        archive._walk(this, portion, state)


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
