"""The monthly partitions of both message tables, kept ahead of time, on the shards too."""

import logging
from collections.abc import Iterator

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from mercury.db import partitions, sharding

logger = logging.getLogger(__name__)

TABLE = "waha_messages"
ARCHIVE = "waha_messages_archive"
AHEAD = 3
LEAST = 2
"""Months that must be ready, or `partitions --check` fails: time to act before it matters."""


def tables() -> Iterator[tuple[BaseDatabaseWrapper, str]]:
    """Every partitioned table with the database it is in."""
    yield connections[DEFAULT_DB_ALIAS], TABLE
    for alias in [DEFAULT_DB_ALIAS, *sharding.aliases()]:
        yield connections[alias], ARCHIVE


def create_ahead(ahead: int = AHEAD) -> list[str]:
    """Make the partitions of the next `ahead` months where the database has partitions."""
    made = []
    for connection, table in tables():
        made += [
            _where(connection, name)
            for name in partitions.create_ahead(connection, table, now=timezone.now(), ahead=ahead)
        ]
    for place, rows in in_maximum().items():
        logger.warning("%s rows of %s have no month of their own", rows, place)
    return made


def missing(ahead: int = LEAST) -> list[str]:
    """Names of the partitions from this month to `ahead` months on that do not exist yet."""
    this_month = partitions.Month.of(timezone.now())
    lacking = []
    for connection, table in tables():
        if not partitions.supported(connection):
            continue
        existing = set(partitions.names(connection, table))
        wanted = [this_month.plus(step).partition(table) for step in range(ahead + 1)]
        lacking += [_where(connection, name) for name in wanted if name not in existing]
    return lacking


def in_maximum() -> dict[str, int]:
    """{table: rows} of what lies in the last partition; messages of the future, mostly."""
    counts = {
        _where(connection, table): partitions.rows_in_maximum(connection, table)
        for connection, table in tables()
    }
    return {place: rows for place, rows in counts.items() if rows}


def _where(connection: BaseDatabaseWrapper, name: str) -> str:
    return name if connection.alias == DEFAULT_DB_ALIAS else f"{connection.alias}:{name}"
