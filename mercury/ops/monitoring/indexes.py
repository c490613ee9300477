"""Indexes: how they are used, which are not, and where one seems to be missing."""

from collections import defaultdict
from dataclasses import dataclass, replace

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext as _

from mercury.ops.models import SlowQuery
from mercury.ops.monitoring import statements
from mercury.ops.monitoring.answers import Answer, ask, is_mariadb, refusal, value

COLUMNS = """
    SELECT table_name, index_name, MAX(non_unique), MAX(cardinality),
           GROUP_CONCAT(column_name ORDER BY seq_in_index SEPARATOR ', ')
      FROM information_schema.statistics
     WHERE table_schema = DATABASE()
     GROUP BY table_name, index_name ORDER BY table_name, index_name
"""
FOREIGN_KEYS = """
    SELECT table_name, column_name FROM information_schema.key_column_usage
     WHERE table_schema = DATABASE() AND referenced_table_name IS NOT NULL
"""
USES = """
    SELECT object_name, index_name, count_read, count_write
      FROM performance_schema.table_io_waits_summary_by_index_usage
     WHERE object_schema = DATABASE()
"""
USES_OF_MARIADB = """
    SELECT table_name, index_name, rows_read, 0 FROM information_schema.index_statistics
     WHERE table_schema = DATABASE()
"""
MANY_ROWS = 1000
"""Rows read for one statement from which on an index seems to be missing."""


@dataclass(frozen=True, slots=True)
class Index:
    """One index; `reads` is None where the server does not count."""

    table: str
    name: str
    columns: str
    unique: bool
    cardinality: int | None
    reads: int | None = None
    writes: int | None = None
    note: str = ""

    @property
    def is_kept_anyway(self) -> bool:
        """Unique ones hold a rule and those of foreign keys a relation, read or not."""
        return self.unique or bool(self.note)


@dataclass(frozen=True, slots=True)
class Usage:
    """All indexes, since when their use is counted, and why it is not where it is not."""

    indexes: Answer[Index]
    uses: Answer[tuple[str, str, int, int]]
    hours: float = 0.0

    @property
    def whole_hours(self) -> int:
        return round(self.hours)

    @property
    def unused(self) -> list[Index]:
        """Indexes that cost every write and served no read since the count began."""
        rows = self.indexes.rows
        return [each for each in rows if each.reads == 0 and not each.is_kept_anyway]

    @property
    def redundant(self) -> list[tuple[Index, Index]]:
        """(index, the longer one that begins with the same columns)."""
        by_table: dict[str, list[Index]] = defaultdict(list)
        for each in self.indexes.rows:
            by_table[each.table].append(each)
        return [
            (short, long)
            for rows in by_table.values()
            for short in rows
            for long in rows
            if not short.unique and long.columns.startswith(f"{short.columns}, ")
        ]

    @property
    def read_without(self) -> list[tuple[str, int]]:
        """(table, rows read by no index at all), the most first."""
        rows = [(table, reads) for table, name, reads, _w in self.uses.rows if not name and reads]
        return sorted(rows, key=lambda each: -each[1])[:20]


def usage() -> Usage:
    """Every index of the primary with its use."""
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor != "mysql":
        reason = _("SQLite does not count how often an index is used.")
        return Usage(Answer(_of_sqlite(connection)), Answer(reason=reason))
    try:
        rows = ask(connection, COLUMNS)
        foreign = {(str(table), str(column)) for table, column in ask(connection, FOREIGN_KEYS)}
        hours = float(ask(connection, "SHOW GLOBAL STATUS LIKE 'Uptime'")[0][1]) / 3600
    except DatabaseError as error:
        refused = refusal(error, connection, "SELECT ON mercury.*")
        return Usage(refused, refused)
    uses = _uses(connection)
    counted = {(table, name): (reads, writes) for table, name, reads, writes in uses.rows}
    found = []
    for table, name, non_unique, cardinality, columns in rows:
        first = str(columns).split(", ", 1)[0]
        note = _("holds a foreign key") if (str(table), first) in foreign else ""
        number = None if cardinality is None else int(cardinality)
        index = Index(str(table), str(name), str(columns), not int(non_unique), number, note=note)
        if not uses.reason:
            reads, writes = counted.get((index.table, index.name), (0, 0))
            index = replace(index, reads=reads, writes=writes)
        found.append(index)
    return Usage(Answer(found), uses, hours)


def missing() -> Answer[statements.Statement]:
    """Statements that read many rows for each they give: the server's count, or SQLite's plans."""
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor != "mysql":
        return _scans_of_sqlite(connection)
    found = statements.digests(order="sum_no_index_used", limit=100)
    if found.reason:
        return found
    rows = [
        each
        for each in found.rows
        if each.without_index
        and "_schema`" not in each.text  # what these very pages ask
        and each.examined_each > MANY_ROWS
        and each.text.upper().startswith(("SELECT", "UPDATE", "DELETE"))
    ]
    return Answer(sorted(rows, key=lambda each: -each.examined)[: statements.MOST])


def _uses(connection: BaseDatabaseWrapper) -> Answer[tuple[str, str, int, int]]:
    try:
        if value(connection, "SELECT @@performance_schema") == "1":
            rows = ask(connection, USES)
        elif is_mariadb(connection) and value(connection, "SELECT @@userstat") == "1":
            rows = ask(connection, USES_OF_MARIADB)
        else:
            reason = _("This server does not count how often an index is used.")
            mend = "[mysqld]\nperformance_schema = ON"
            return Answer(
                reason=reason,
                mend="SET GLOBAL userstat = ON;" if is_mariadb(connection) else mend,
            )
    except DatabaseError as error:
        return refusal(error, connection, statements.DIGESTS_GRANT)
    return Answer([(str(t), str(n or ""), int(r or 0), int(w or 0)) for t, n, r, w in rows])


def _of_sqlite(connection: BaseDatabaseWrapper) -> list[Index]:
    rows = ask(
        connection,
        "SELECT m.name, l.name, l.\"unique\", group_concat(i.name, ', ') FROM sqlite_master m "
        "JOIN pragma_index_list(m.name) l JOIN pragma_index_info(l.name) i "
        "WHERE m.type = 'table' GROUP BY m.name, l.name ORDER BY m.name, l.name",
    )
    known = _cardinalities(connection)
    return [
        Index(str(table), str(name), str(columns or ""), bool(unique), known.get(str(name)))
        for table, name, unique, columns in rows
    ]


def _cardinalities(connection: BaseDatabaseWrapper) -> dict[str, int]:
    """{index: different values}, there once ANALYZE has run: "rows rows-for-each-value ..."."""
    try:
        rows = ask(connection, "SELECT idx, stat FROM sqlite_stat1 WHERE idx IS NOT NULL")
    except DatabaseError:
        return {}
    found = {}
    for name, stat in rows:
        numbers = [int(part) for part in str(stat).split() if part.isdigit()]
        if len(numbers) > 1:
            found[str(name)] = numbers[0] // max(numbers[-1], 1)
    return found


def _scans_of_sqlite(connection: BaseDatabaseWrapper) -> Answer[statements.Statement]:
    """Captured statements whose plan walks a whole table."""
    found = []
    for row in SlowQuery.objects.order_by("-total_ms")[: statements.MOST]:
        if not row.statement.startswith("SELECT") or "…" in row.statement:
            continue
        sql = row.statement.replace("%s", "NULL").replace("?", "NULL")
        try:
            plan = [str(step[-1]) for step in ask(connection, f"EXPLAIN QUERY PLAN {sql}")]
        except DatabaseError:
            continue
        if any(step.startswith("SCAN") and "USING" not in step for step in plan):
            found.append(
                statements.Statement(
                    row.statement, row.count, row.total_ms, row.max_ms, place=row.place,
                    last_seen=row.last_seen_at,
                )
            )  # fmt: skip
    return Answer(found)
