"""Locks by name: one run at a time of a long job, free again the moment its process ends."""

import fcntl
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper


class Busy(Exception):
    """Somebody else holds the lock; the text is fit to show."""


@contextmanager
def named_lock(name: str, *, using: str = DEFAULT_DB_ALIAS) -> Iterator[Callable[[], None]]:
    """Hold the lock `name` of a database in this block, or raise Busy at once.

    Yields a check for between two steps: it raises Busy when the lock is gone with its
    connection. MySQL and MariaDB hold it for the connection (GET_LOCK), SQLite by a file beside
    the database; a process that is killed lets go of either.
    """
    connection = connections[using]
    if connection.vendor == "mysql":
        with _server_lock(connection, name) as check:
            yield check
    else:
        with _file_lock(connection, name) as check:
            yield check


@contextmanager
def _server_lock(connection: BaseDatabaseWrapper, name: str) -> Iterator[Callable[[], None]]:
    # Names hold for the whole server and have at most 64 characters.
    place = hashlib.sha256(str(connection.settings_dict["NAME"]).encode()).hexdigest()[:16]
    full = f"mercury.{place}.{name}"

    def value(sql: str) -> object:
        with connection.cursor() as cursor:
            cursor.execute(sql, [full])
            row = cursor.fetchone()
        return row[0] if row else None

    def check() -> None:
        if value("SELECT IS_USED_LOCK(%s) = CONNECTION_ID()") != 1:
            raise Busy(f"The lock on {name} was lost with its connection. Run it again.")

    if value("SELECT GET_LOCK(%s, 0)") != 1:
        raise Busy(f"Another run of {name} is under way. Wait until it ends.")
    try:
        yield check
    finally:
        value("SELECT RELEASE_LOCK(%s)")


@contextmanager
def _file_lock(connection: BaseDatabaseWrapper, name: str) -> Iterator[Callable[[], None]]:
    path = Path(f"{connection.settings_dict['NAME']}.{name}.lock")
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy(f"Another run of {name} is under way. Wait until it ends.") from error
        yield lambda: None
