"""How large tables and partitions are, and how they grow."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext as _

from mercury.db import sharding
from mercury.ops.models import TableSize
from mercury.ops.monitoring.answers import Answer, ask, refusal

KEPT_FOR = timedelta(days=400)
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Size:
    """One table: rows by the server's estimate, bytes of data and of indexes."""

    place: str
    rows: int
    data: int
    indexes: int
    grown: int | None = None
    since: date | None = None

    @property
    def bytes(self) -> int:
        return self.data + self.indexes


@dataclass(frozen=True, slots=True)
class PartitionSize:
    """One partition of a table."""

    table: str
    name: str
    rows: int
    bytes: int


def together(rows: list[Size]) -> dict[str, Any]:
    """All tables in one: their size, and how much they grew since the oldest day known."""
    days = [row.since for row in rows if row.since]
    return {
        "total": sum(row.bytes for row in rows),
        "grown": max(sum(row.grown or 0 for row in rows), 0),
        "since": min(days, default=None),
    }


def database_bytes(alias: str) -> int:
    """What the database holds, by the server's own estimate. Raises DatabaseError."""
    connection = connections[alias]
    if connection.vendor == "sqlite":
        pages = ask(connection, "SELECT page_count * page_size FROM pragma_page_count, "
                                "pragma_page_size")  # fmt: skip
        return int(pages[0][0])
    rows = ask(
        connection,
        "SELECT COALESCE(SUM(data_length + index_length), 0) FROM information_schema.tables "
        "WHERE table_schema = DATABASE()",
    )
    return int(rows[0][0])


def tables() -> Answer[Size]:
    """Every table of the primary and of the shards with its growth, the largest first."""
    try:
        found = [size for alias in _aliases() for size in _measured(alias)]
    except DatabaseError as error:
        return refusal(error, connections[DEFAULT_DB_ALIAS], "SELECT ON mercury.*")
    if not found:
        said = _("Sizes have not been measured yet; the schedule does it once a day.")
        return Answer(reason=said)
    before = _before()
    grown = [
        Size(
            each.place,
            each.rows,
            each.data,
            each.indexes,
            each.bytes - before[each.place][1] if each.place in before else None,
            before[each.place][0] if each.place in before else None,
        )
        for each in found
    ]
    return Answer(sorted(grown, key=lambda each: (-each.bytes, each.place)))


def partitions() -> Answer[PartitionSize]:
    """The monthly partitions of the message tables, newest first."""
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor != "mysql":
        return Answer(reason=_("SQLite has no partitions: all messages lie in one table."))
    try:
        rows = ask(
            connection,
            "SELECT table_name, partition_name, table_rows, data_length + index_length "
            "FROM information_schema.partitions "
            "WHERE table_schema = DATABASE() AND partition_name IS NOT NULL "
            "ORDER BY table_name, partition_ordinal_position DESC",
        )
    except DatabaseError as error:
        return refusal(error, connection, "SELECT ON mercury.*")
    return Answer([PartitionSize(str(t), str(p), int(n or 0), int(b or 0)) for t, p, n, b in rows])


def measure_daily() -> int:
    """Measure when today has not been yet; asked every minute, so a new installation is too."""
    if TableSize.objects.filter(day=timezone.now().date()).exists():
        return 0
    return measure()


def measure() -> int:
    """Write down today's sizes and forget those of long ago; returns how many it wrote."""
    today = timezone.now().date()
    found = [size for alias in _aliases() for size in _weighed(alias)]
    for each in found:
        TableSize.objects.update_or_create(
            day=today,
            place=each.place,
            defaults={"row_count": each.rows, "bytes": each.bytes},
        )
    TableSize.objects.filter(day__lt=today - KEPT_FOR).delete()
    return len(found)


def _aliases() -> list[str]:
    return [DEFAULT_DB_ALIAS, *sharding.aliases()]


def _measured(alias: str) -> list[Size]:
    """As pages show them: SQLite, which must read its whole file for it, as last written down."""
    if connections[alias].vendor == "mysql":
        return _weighed(alias)
    prefix = _prefix(alias)
    newest = TableSize.objects.order_by("-day").values("day")[:1]
    return [
        Size(each.place, each.row_count, each.bytes, 0)
        for each in TableSize.objects.filter(day=newest)
        if each.place.startswith(prefix) and (prefix or ":" not in each.place)
    ]


def _weighed(alias: str) -> list[Size]:
    connection = connections[alias]
    prefix = _prefix(alias)
    if connection.vendor != "mysql":
        return [Size(prefix + name, rows, size, 0) for name, rows, size in _sqlite(connection)]
    rows = ask(
        connection,
        "SELECT table_name, table_rows, data_length, index_length FROM information_schema.tables "
        "WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'",
    )
    return [Size(prefix + str(t), int(n or 0), int(d or 0), int(i or 0)) for t, n, d, i in rows]


def _sqlite(connection: BaseDatabaseWrapper) -> list[tuple[str, int, int]]:
    """(table, rows, bytes with its indexes); bytes are 0 where SQLite was built without dbstat."""
    names = [str(row[0]) for row in ask(
        connection, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE "
                    "'sqlite%%' ORDER BY name", [])]  # fmt: skip
    try:
        weights = {str(name): int(size) for name, size in ask(
            connection,
            "SELECT m.tbl_name, SUM(s.pgsize) FROM dbstat s JOIN sqlite_master m "
            "ON m.name = s.name WHERE s.aggregate = TRUE GROUP BY m.tbl_name",
        )}  # fmt: skip
    except DatabaseError:
        weights = {}
    quoted = {name: connection.ops.quote_name(name) for name in names}
    return [
        # Names come from the schema itself.
        (name, int(ask(connection, f"SELECT COUNT(*) FROM {quoted[name]}")[0][0]),  # noqa: S608
         weights.get(name, 0))
        for name in names
    ]  # fmt: skip


def _before() -> dict[str, tuple[date, int]]:
    """{table: (day, bytes)} of a week ago, or of the first day there is."""
    today = timezone.now().date()
    earlier = TableSize.objects.filter(day__lt=today)
    start = earlier.filter(day__gte=today - WEEK).aggregate(first=Min("day"))["first"]
    if start is None:
        return {}
    rows = TableSize.objects.filter(day=start).values_list("place", "day", "bytes")
    return {place: (day, size) for place, day, size in rows}


def _prefix(alias: str) -> str:
    return "" if alias == DEFAULT_DB_ALIAS else f"{alias}:"
