"""Our own capture of slow statements: on every engine, and never with their parameters.

Django hands the statement and its parameters apart, so what is kept holds none; what code wrote
into the statement itself is replaced too. A process gathers in memory and writes at the end of
a request or task, over `journal`, so that a slow database is not made slower.
"""

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from celery import current_task
from django.conf import settings
from django.db import DatabaseError, IntegrityError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F
from django.db.models.functions import Greatest
from django.urls import Resolver404, resolve
from django.utils import timezone

from audit import context as origin
from mercury.ops.models import SlowQuery
from mercury.ops.monitoring.sql_text import without_values

logger = logging.getLogger(__name__)

ALIAS = "journal"
MOST_KINDS = 200
"""Kinds kept in memory between two writes: a flood of different ones must not fill it."""

LONGEST = 4000


@dataclass(slots=True)
class Seen:
    """What was gathered of one kind of statement since the last write."""

    statement: str
    place: str
    count: int = 0
    total_ms: float = 0.0
    max_ms: float = 0.0


_gathered: dict[str, Seen] = {}
_lock = threading.Lock()
_here = threading.local()


def watch(connection: BaseDatabaseWrapper, **_signal: Any) -> None:
    """Time every statement of a connection; called when it opens, again after each loss."""
    if measure not in connection.execute_wrappers:
        connection.execute_wrappers.append(measure)


def measure(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """Run one statement and remember it when it was slow."""
    started = time.perf_counter()
    try:
        return execute(sql, params, many, context)
    finally:
        milliseconds = (time.perf_counter() - started) * 1000
        if milliseconds >= settings.SLOW_QUERY_MS and not getattr(_here, "unwatched", False):
            remember(str(sql), milliseconds, context["connection"].vendor)


def remember(sql: str, milliseconds: float, vendor: str) -> None:
    """Gather one slow statement."""
    statement = without_values(sql, vendor=vendor)[:LONGEST]
    digest = hashlib.sha256(statement.encode()).hexdigest()
    with _lock:
        if digest not in _gathered and len(_gathered) >= MOST_KINDS:
            return
        seen = _gathered.setdefault(digest, Seen(statement, ""))
        seen.place = _place() or seen.place
        seen.count += 1
        seen.total_ms += milliseconds
        seen.max_ms = max(seen.max_ms, milliseconds)


def write(**_signal: Any) -> None:
    """Write what was gathered, after a request or a task; costs nothing when nothing was slow."""
    if not _gathered:
        return
    with _lock:
        gathered = dict(_gathered)
        _gathered.clear()
    try:
        with unwatched():
            for digest, seen in gathered.items():
                _write(digest, seen)
    except DatabaseError as error:
        connections[ALIAS].close()
        logger.warning("slow statements were not written: %s", type(error).__name__)


@contextmanager
def unwatched() -> Iterator[None]:
    """Capture nothing in this block: it is about the statements themselves."""
    before, _here.unwatched = getattr(_here, "unwatched", False), True
    try:
        yield
    finally:
        _here.unwatched = before


def _write(digest: str, seen: Seen) -> None:
    rows, now = SlowQuery.objects.using(ALIAS), timezone.now()
    if rows.filter(pk=digest).update(
        count=F("count") + seen.count,
        total_ms=F("total_ms") + seen.total_ms,
        max_ms=Greatest("max_ms", seen.max_ms),
        place=seen.place,
        last_seen_at=now,
    ):
        return
    try:
        rows.create(
            pk=digest,
            statement=seen.statement,
            place=seen.place[:255],
            count=seen.count,
            total_ms=seen.total_ms,
            max_ms=seen.max_ms,
        )
    except IntegrityError:  # another process met it for the first time too
        _write(digest, seen)


def _place() -> str:
    """The view or task that runs in this thread, "" for a command."""
    if current_task:
        return f"task {current_task.name}"
    try:
        match = resolve(urlsplit(origin.current().url).path)
    except Resolver404:  # what runs is no page
        return ""
    return match.view_name or match.route
