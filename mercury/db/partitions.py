"""Monthly RANGE partitions on MySQL and MariaDB; plain tables on SQLite.

Facts: a unique key of a partitioned table must contain the partition column (error 1503), no
foreign key may lead from or to it (1506), and a partition cannot be added after MAXVALUE
(1493), so that one is split with REORGANIZE (MySQL manual, "Partitioning Limitations").
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper

# Same name (1517), limit not above the last (1493), no such partition (1507), limits that do
# not fit what is reorganised (1519-1520), table changed or locked by the other (1412, 1205, 1213).
OTHERS_WERE_FASTER = {1205, 1213, 1412, 1493, 1507, 1517, 1519, 1520}


@dataclass(frozen=True, order=True, slots=True)
class Month:
    """A calendar month in UTC."""

    year: int
    month: int

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @classmethod
    def of(cls, at: datetime) -> "Month":
        return cls(at.year, at.month)

    def plus(self, months: int) -> "Month":
        years, index = divmod(self.year * 12 + self.month - 1 + months, 12)
        return Month(years, index + 1)

    @property
    def start(self) -> datetime:
        """The month's first moment, UTC."""
        return datetime(self.year, self.month, 1, tzinfo=UTC)

    def partition(self, table: str) -> str:
        """The partition's name, such as waha_messages_2026_11."""
        return f"{table}_{self.year:04d}_{self.month:02d}"

    def clause(self, table: str) -> str:
        """The partition's definition in SQL."""
        limit = self.plus(1).start.strftime("%Y-%m-%d %H:%M:%S")
        return f"PARTITION {self.partition(table)} VALUES LESS THAN ('{limit}')"


def maximum(table: str) -> str:
    """The name of the last partition, which takes what has no month of its own yet."""
    return f"{table}_max"


def supported(connection: BaseDatabaseWrapper) -> bool:
    """True on MySQL and MariaDB."""
    return connection.vendor == "mysql"


def partition_table(connection: BaseDatabaseWrapper, table: str, first: Month, last: Month) -> None:
    """Turn a new table into one partitioned by month of created_at.

    (id, created_at) becomes the primary key in the database while Django keeps `id`. Names
    come from code, never from input.
    """
    if not supported(connection):
        return
    months = [first]
    while months[-1] < last:
        months.append(months[-1].plus(1))
    clauses = ", ".join(month.clause(table) for month in months)
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DROP PRIMARY KEY, ADD PRIMARY KEY (id, created_at)")
        cursor.execute(
            f"ALTER TABLE {table} PARTITION BY RANGE COLUMNS(created_at) "
            f"({clauses}, PARTITION {maximum(table)} VALUES LESS THAN (MAXVALUE))"
        )


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition: it takes what is earlier than `limit`, or all the rest when that is None."""

    name: str
    limit: datetime | None

    def clause(self) -> str:
        """The partition's definition in SQL."""
        limit = "MAXVALUE" if self.limit is None else f"'{self.limit:%Y-%m-%d %H:%M:%S}'"
        return f"PARTITION {self.name} VALUES LESS THAN ({limit})"


def read(connection: BaseDatabaseWrapper, table: str) -> list[Partition]:
    """The table's partitions in order; empty where there are none."""
    if not supported(connection):
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT partition_name, partition_description FROM information_schema.partitions "
            "WHERE table_schema = DATABASE() AND table_name = %s AND partition_name IS NOT NULL "
            "ORDER BY partition_ordinal_position",
            [table],
        )
        return [Partition(str(name), _limit(str(text))) for name, text in cursor.fetchall()]


def names(connection: BaseDatabaseWrapper, table: str) -> list[str]:
    """The names of the table's partitions in order; empty where there are none."""
    return [each.name for each in read(connection, table)]


def create_ahead(
    connection: BaseDatabaseWrapper, table: str, *, now: datetime, ahead: int = 3
) -> list[str]:
    """Split the months up to `ahead` months from now off the MAXVALUE partition.

    Returns the names it made. One ALTER for all of them, from the first month that has no
    partition, so a schedule that stood still for a year makes up for it and rows that wait in
    MAXVALUE go to their own months. Safe to run twice at once: whoever comes second finds the
    months made. A run that is killed leaves all of the ALTER or nothing.
    """
    return _until_settled(connection, lambda: _create_ahead(connection, table, now, ahead))


def ensure(connection: BaseDatabaseWrapper, table: str, month: Month) -> bool:
    """Give a month a partition of its own, wherever it lies; True when one was made.

    Rows of the partition that is split are copied, so it is cheap only while that one is small.
    """
    return bool(_until_settled(connection, lambda: _split(connection, table, [month])))


def drop(connection: BaseDatabaseWrapper, table: str, name: str, *, wait: int = 5) -> None:
    """Drop a partition with its rows, waiting at most `wait` seconds for those who read it.

    While an ALTER waits, everybody else's query on the table waits behind it; hence so short.
    Raises OperationalError 1205 when somebody reads longer: try again later.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION lock_wait_timeout = %s", [wait])
        try:
            cursor.execute(f"ALTER TABLE {table} DROP PARTITION {name}")
        finally:
            cursor.execute("SET SESSION lock_wait_timeout = DEFAULT")


def rows_in_maximum(connection: BaseDatabaseWrapper, table: str) -> int:
    """Rows that had no month of their own: times in the future, or a schedule that stood still."""
    if not supported(connection):
        return 0
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {table} PARTITION ({maximum(table)})")  # noqa: S608  # our names
        return int(cursor.fetchone()[0])


def _create_ahead(
    connection: BaseDatabaseWrapper, table: str, now: datetime, ahead: int
) -> list[str]:
    limits = [each.limit for each in read(connection, table) if each.limit is not None]
    if not limits:
        return []
    months = [Month.of(max(limits))]  # the limit is the first moment of the month after
    while months[-1] < Month.of(now).plus(ahead):
        months.append(months[-1].plus(1))
    return _split(connection, table, [each for each in months if each <= Month.of(now).plus(ahead)])


def _split(connection: BaseDatabaseWrapper, table: str, months: list[Month]) -> list[str]:
    """Split these months, all within one partition, off it; returns the names it made."""
    existing = read(connection, table)
    taken = {each.limit for each in existing}
    months = [month for month in months if month.plus(1).start not in taken]
    if not existing or not months:
        return []
    holder = next(each for each in existing if each.limit is None or each.limit > months[-1].start)
    clauses = ", ".join([*(month.clause(table) for month in months), holder.clause()])
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} REORGANIZE PARTITION {holder.name} INTO ({clauses})")
    return [month.partition(table) for month in months]


def _until_settled(
    connection: BaseDatabaseWrapper, change: Callable[[], list[str]], attempts: int = 5
) -> list[str]:
    """Make a change of the partitions; when somebody else was making it too, look again."""
    for attempt in range(1, attempts + 1):
        try:
            return change()
        except DatabaseError as error:
            if error.args[0] not in OTHERS_WERE_FASTER or attempt == attempts:
                raise
            time.sleep(0.2 * attempt)
    raise AssertionError("unreachable")


def _limit(text: str) -> datetime | None:
    if text.strip("'") == "MAXVALUE":
        return None
    return datetime.fromisoformat(text.strip("'")).replace(tzinfo=UTC)
