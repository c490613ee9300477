"""A statement that ends when its time is up, on each database in its own way."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.db import OperationalError

# MySQL's and MariaDB's words for it; the last two of MySQL's regular expressions.
ENDED = {3024, 1969, 1317, 3698, 3699}
STEPS = 20_000
"""SQLite's own instructions between two looks at the clock."""

Limit = Callable[[str], str]


class OutOfTime(Exception):
    """The statement had its time and was ended by the server."""


@contextmanager
def seconds(connection: Any, limit: float) -> Iterator[Limit]:
    """Let statements in this block take `limit` seconds; raises OutOfTime.

    Yields what a SELECT goes through before it is run.
    """
    if connection.vendor == "mysql":
        with _translated():
            yield _mariadb(limit) if connection.mysql_is_mariadb else _mysql(limit)
        return
    connection.ensure_connection()
    ends = time.monotonic() + limit
    connection.connection.set_progress_handler(lambda: time.monotonic() > ends, STEPS)
    try:
        with _translated():
            yield lambda sql: sql
    finally:
        connection.connection.set_progress_handler(None, 0)


@contextmanager
def each_query(connection: Any, limit: float) -> Iterator[None]:
    """Let each of the ORM's queries in this block take `limit` seconds; raises OutOfTime."""
    with seconds(connection, limit) as limited:

        def run(execute: Any, sql: str, *rest: Any) -> Any:
            return execute(limited(sql) if sql.startswith("SELECT") else sql, *rest)

        with connection.execute_wrapper(run):
            yield


def moment(value: Any) -> datetime:
    """A time as a plain statement gives it, aware: SQLite gives text."""
    at: datetime = datetime.fromisoformat(value) if isinstance(value, str) else value
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _mysql(limit: float) -> Limit:
    hint = f"SELECT /*+ MAX_EXECUTION_TIME({int(limit * 1000)}) */"
    return lambda sql: hint + sql.removeprefix("SELECT")


def _mariadb(limit: float) -> Limit:
    return lambda sql: f"SET STATEMENT max_statement_time = {limit} FOR {sql}"


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        if (error.args and error.args[0] in ENDED) or "interrupted" in str(error):
            raise OutOfTime from error
        raise
