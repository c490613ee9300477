"""Monthly RANGE partitions on MySQL and MariaDB; plain tables on SQLite.

Facts: a unique key of a partitioned table must contain the partition column (error 1503), no
foreign key may lead from or to it (1506), and a partition cannot be added after MAXVALUE
(1493), so that one is split with REORGANIZE (MySQL manual, "Partitioning Limitations").
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.backends.base.base import BaseDatabaseWrapper


@dataclass(frozen=True, order=True, slots=True)
class Month:
    """A calendar month in UTC."""

    year: int
    month: int

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


def names(connection: BaseDatabaseWrapper, table: str) -> list[str]:
    """The table's partitions in order; empty where there are none."""
    if not supported(connection):
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT partition_name FROM information_schema.partitions "
            "WHERE table_schema = DATABASE() AND table_name = %s AND partition_name IS NOT NULL "
            "ORDER BY partition_ordinal_position",
            [table],
        )
        return [str(row[0]) for row in cursor.fetchall()]


def create_ahead(
    connection: BaseDatabaseWrapper, table: str, *, now: datetime, ahead: int = 3
) -> list[str]:
    """Split the months up to `ahead` months from now off the MAXVALUE partition.

    Returns the names it made. Safe to run twice at once: the second finds the name taken
    (error 1517) or the table locked by the first, and rows in the split partition move along.
    """
    existing = set(names(connection, table))
    made: list[str] = []
    for step in range(ahead + 1):
        month = Month.of(now).plus(step)
        if not existing or month.partition(table) in existing:
            continue
        with connection.cursor() as cursor:
            cursor.execute(
                f"ALTER TABLE {table} REORGANIZE PARTITION {maximum(table)} INTO "
                f"({month.clause(table)}, "
                f"PARTITION {maximum(table)} VALUES LESS THAN (MAXVALUE))"
            )
        made.append(month.partition(table))
    return made
