"""Building MySQL's indexes once millions of rows are there, which is sooner than with each row."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

TABLES = ("waha_messages", "waha_message_texts")
KEPT = "bench_indexed_{}"
"""A copy without rows that knows a table's indexes, also when a run was stopped meanwhile."""

ROOM = 256 * 1024**2  # bytes to sort in
_KEY = re.compile(r"^  ((?:FULLTEXT )?KEY `(\w+)` .+?),?$", re.MULTILINE)


@contextmanager
def postponed(cursor: Any, *, wanted: bool) -> Iterator[None]:
    """Take the tables' plain and word indexes away and build them at the end."""
    if not wanted or connection.vendor != "mysql":
        yield
        return
    for table in TABLES:
        cursor.execute(f"CREATE TABLE IF NOT EXISTS {KEPT.format(table)} LIKE {table}")
        drops = [f"DROP INDEX `{name}`" for name, _ in _indexes(cursor, table)]
        if drops:
            cursor.execute(f"ALTER TABLE {table} {', '.join(drops)}")
    yield
    if not connection.mysql_is_mariadb:
        cursor.execute(f"SET SESSION innodb_ddl_buffer_size = {ROOM}")
    for table in TABLES:
        _build(cursor, table)
        cursor.execute(f"DROP TABLE {KEPT.format(table)}")


def _build(cursor: Any, table: str) -> None:
    """All plain indexes at once, the word index apart: MySQL builds no other one with it."""
    there = {name for name, _ in _indexes(cursor, table)}
    found = [each for each in _indexes(cursor, KEPT.format(table)) if each[0] not in there]
    plain = [f"ADD {words}" for _, words in found if not words.startswith("FULLTEXT")]
    for additions in [
        plain,
        *([f"ADD {words}"] for _, words in found if f"ADD {words}" not in plain),
    ]:
        if additions:
            started = time.perf_counter()
            cursor.execute(f"ALTER TABLE {table} {', '.join(additions)}")
            seconds = time.perf_counter() - started
            print(f"# {len(additions)} indexes of {table} in {seconds:.0f} s", flush=True)


def _indexes(cursor: Any, table: str) -> list[tuple[str, str]]:
    """(name, definition) of the indexes that are no primary and no unique keys."""
    cursor.execute(f"SHOW CREATE TABLE {table}")
    return [(name, words) for words, name in _KEY.findall(cursor.fetchone()[1])]
