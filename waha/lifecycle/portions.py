"""The rows of one month that belong to one database, and what can be done with them."""

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

from mercury.db.partitions import Month
from waha.models import WahaMessage, WahaMessageArchive

HOT, ARCHIVE = "waha_messages", "waha_messages_archive"


class ArchiveError(Exception):
    """The archive cannot go on; the text says what to do."""


class Scope(Protocol):
    """Some of the archive's rows, as SQL."""

    def where(self, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]: ...


@dataclass(frozen=True, slots=True)
class Portion:
    """A month's rows for one database: those of these numbers, or of all but these."""

    month: Month
    shard: str
    only: tuple[int, ...] | None = None
    without: tuple[int, ...] = ()

    @property
    def is_remote(self) -> bool:
        """Whether the archive of these rows is on another server."""
        return self.shard != DEFAULT_DB_ALIAS

    @property
    def nobody(self) -> bool:
        """Whether no number belongs here, so that there is nothing to do."""
        return self.only == ()

    def hot(self) -> QuerySet[WahaMessage]:
        """Its rows in the table in use."""
        return self._of(WahaMessage.objects.using(DEFAULT_DB_ALIAS))

    def archived(self) -> QuerySet[WahaMessageArchive]:
        """Its rows in the archive."""
        return self._of(WahaMessageArchive.objects.using(self.shard))

    def _of(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        rows = rows.filter(
            created_at__gte=self.month.start, created_at__lt=self.month.plus(1).start
        )
        if self.only is not None:
            rows = rows.filter(session_id__in=self.only)
        if self.without:
            rows = rows.exclude(session_id__in=self.without)
        return rows

    def where(self, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        """The same as SQL of that connection."""
        moment = connection.ops.adapt_datetimefield_value
        parts, params = ["created_at >= %s AND created_at < %s"], [
            moment(self.month.start),
            moment(self.month.plus(1).start),
        ]  # fmt: skip
        for sessions, word in ((self.only, "IN"), (self.without or None, "NOT IN")):
            if sessions is not None:
                parts.append(f"session_id {word} ({', '.join(map(str, sessions or (0,)))})")
        return " AND ".join(parts), params


def columns(shard: str) -> list[str]:
    """The columns of the table in use, which the archive must have too. Raises ArchiveError."""
    hot = _columns(connections[DEFAULT_DB_ALIAS], HOT)
    missing = sorted(set(hot) - set(_columns(connections[shard], ARCHIVE)))
    if missing:
        raise ArchiveError(
            f"{ARCHIVE} in {shard} lacks {', '.join(missing)}. "
            "Run `python manage.py migrate` and `python manage.py migrate_shards`."
        )
    return hot


def _columns(connection: BaseDatabaseWrapper, table: str) -> list[str]:
    with connection.cursor() as cursor:
        found = connection.introspection.get_table_description(cursor, table)
    return [column.name for column in found]


def next_high(portion: Portion, low: int, size: int) -> int | None:
    """The id that ends the next batch of `size` rows after `low`; None at the end of the month."""
    connection = connections[DEFAULT_DB_ALIAS]
    where, params = portion.where(connection)
    # The primary key leads with id; without the hint MySQL now and then sorts by another index.
    index = "FORCE INDEX (PRIMARY)" if connection.vendor == "mysql" else ""
    step = f"SELECT id FROM {HOT} {index} WHERE {where} AND id > %s ORDER BY id LIMIT 1 OFFSET %s"  # noqa: S608  # our names
    last = f"SELECT MAX(id) FROM {HOT} {index} WHERE {where} AND id > %s"  # noqa: S608  # our names
    with connection.cursor() as cursor:
        cursor.execute(step, [*params, low, size - 1])
        row = cursor.fetchone() or _first(cursor, last, [*params, low])
    return int(row[0]) if row and row[0] is not None else None


def _first(cursor: Any, sql: str, params: list[Any]) -> Any:
    cursor.execute(sql, params)
    return cursor.fetchone()


def copy(
    portion: Portion,
    names: Sequence[str],
    condition: str,
    params: list[Any],
    *,
    fresh: bool = False,
) -> int:
    """Let the archive hold the rows of `condition` as they are in use; returns how many.

    What the archive has under the condition goes first, so a batch may be copied again; not when
    it is `fresh`, for a look at what is not there costs a tenth. On one server that is INSERT ...
    SELECT, between two a read and multi-row INSERTs. The caller opens the transaction.
    """
    there = connections[portion.shard]
    where, own = portion.where(there)
    listed = ", ".join(there.ops.quote_name(name) for name in names)
    with there.cursor() as cursor:
        if not fresh:
            cursor.execute(
                f"DELETE FROM {ARCHIVE} WHERE {where} AND {condition}",  # noqa: S608  # our names
                [*own, *params],
            )
        if not portion.is_remote:
            cursor.execute(
                f"INSERT INTO {ARCHIVE} ({listed}) "  # noqa: S608  # our names
                f"SELECT {listed} FROM {HOT} WHERE {where} AND {condition}",
                [*own, *params],
            )
            return int(cursor.rowcount)
        rows = read(DEFAULT_DB_ALIAS, HOT, portion, names, condition, params)
        insert(there, names, rows)
    return len(rows)


def read(
    alias: str,
    table: str,
    portion: Scope,
    names: Sequence[str],
    condition: str,
    params: list[Any],
) -> list[tuple[Any, ...]]:
    """Rows as plain values that any of our databases takes."""
    connection = connections[alias]
    where, own = portion.where(connection)
    listed = ", ".join(connection.ops.quote_name(name) for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {listed} FROM {table} WHERE {where} AND {condition} ORDER BY id",  # noqa: S608  # our names
            [*own, *params],
        )
        return [tuple(map(_plain, row)) for row in cursor.fetchall()]


def insert(
    connection: BaseDatabaseWrapper, names: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Add rows to the archive, some hundreds a statement."""
    listed = ", ".join(connection.ops.quote_name(name) for name in names)
    slots = f"({', '.join(['%s'] * len(names))})"
    # SQLite takes 32,766 values a statement.
    step = 30_000 // len(names) if connection.vendor == "sqlite" else 500
    with connection.cursor() as cursor:
        for start in range(0, len(rows), step):
            chunk = rows[start : start + step]
            cursor.execute(
                f"INSERT INTO {ARCHIVE} ({listed}) VALUES {', '.join([slots] * len(chunk))}",  # noqa: S608  # our names
                [value for row in chunk for value in row],
            )


def digests(portion: Portion, names: Sequence[str], low: int, high: int) -> tuple[str, str]:
    """`<rows>:<sum>:<xor>` over all columns of an id range: in use, and in the archive.

    Computed by the servers where both write a row alike; else here.
    """
    here, there = connections[DEFAULT_DB_ALIAS], connections[portion.shard]
    condition, params = "id > %s AND id <= %s", [low, high]
    sides = [(here, DEFAULT_DB_ALIAS, HOT), (there, portion.shard, ARCHIVE)]
    if here.vendor == there.vendor == "mysql" and _flavour(here) == _flavour(there):
        found = [_server_digest(c, t, portion, names, condition, params) for c, _alias, t in sides]
    else:
        found = [digest(read(a, t, portion, names, condition, params)) for _c, a, t in sides]
    return found[0], found[1]


def digest(rows: Sequence[tuple[Any, ...]]) -> str:
    """The same over rows as `read` gives them."""
    total = mixed = 0
    for row in rows:
        crc = zlib.crc32(json.dumps([_comparable(value) for value in row]).encode())
        total, mixed = total + crc, mixed ^ crc
    return f"{len(rows)}:{total}:{mixed}"


def _flavour(connection: Any) -> bool:
    return bool(connection.mysql_is_mariadb)


def _server_digest(
    connection: BaseDatabaseWrapper,
    table: str,
    portion: Portion,
    names: Sequence[str],
    condition: str,
    params: list[Any],
) -> str:
    where, own = portion.where(connection)
    quoted = [connection.ops.quote_name(name) for name in names]
    # CONCAT_WS skips NULLs, so which columns are NULL is told apart.
    nulls = ", ".join(f"ISNULL({name})" for name in quoted)
    crc = f"CRC32(CONCAT_WS('\\x1f', {', '.join(quoted)}, CONCAT({nulls})))"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT COUNT(*), COALESCE(SUM(crc), 0), COALESCE(BIT_XOR(crc), 0) "  # noqa: S608  # our names
            f"FROM (SELECT {crc} AS crc FROM {table} WHERE {where} AND {condition}) AS rows_",
            [*own, *params],
        )
        return ":".join(str(int(value)) for value in cursor.fetchone())


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            value = value.astimezone(UTC).replace(tzinfo=None)
        return str(value)  # as Django writes it: SQLite compares times by their letters
    return value


def _comparable(value: Any) -> Any:
    """One spelling for what servers spell differently: JSON, times, truth."""
    if isinstance(value, str) and value[:1] in "[{":
        try:
            return json.dumps(json.loads(value), sort_keys=True)
        except ValueError:
            return value
    if isinstance(value, str) and len(value) == 19 and value[4] == value[7] == "-":
        return f"{value}.000000"
    return int(value) if isinstance(value, bool) else value
