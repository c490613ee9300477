"""Databases to load a backup into: scratch ones that vanish, and the change to the real one."""

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from mercury.ops.backups import server_tools
from mercury.ops.backups.manifest import BackupError, Tell

RIGHTS = (
    "The database user needs the right to make databases beside its own: "
    "GRANT ALL ON `{0}\\_restore\\_%`.* TO <user>; GRANT ALL ON `{0}\\_before\\_%`.* TO <user>."
)


@contextmanager
def scratch(alias: str, path: Path, tell: Tell) -> Iterator[BaseDatabaseWrapper]:
    """A connection to a database of its own with the backup in it; gone afterwards."""
    if connections[alias].vendor == "mysql":
        with _on_server(alias, path, tell) as connection:
            yield connection
    else:
        with _in_file(alias, path) as connection:
            yield connection


@dataclass(frozen=True, slots=True)
class Replaced:
    """A database whose content was exchanged: where the state before lies, and the way back."""

    before: str
    undo: Callable[[], object]


def replace(alias: str, loaded: BaseDatabaseWrapper, stamp: str) -> Replaced:
    """Put what a scratch database holds in the place of what is there.

    All or nothing: one RENAME of every table on a server, one transaction in SQLite.
    """
    if connections[alias].vendor == "mysql":
        return _exchange(connections[alias], loaded, stamp)
    return _overwrite(connections[alias], loaded, stamp)


def copy_sqlite(source: BaseDatabaseWrapper, path: Path) -> None:
    """One consistent state of a SQLite database, by its own backup interface."""
    source.ensure_connection()
    with sqlite3.connect(path) as copy:
        source.connection.backup(copy)
    copy.close()


@contextmanager
def _on_server(alias: str, path: Path, tell: Tell) -> Iterator[BaseDatabaseWrapper]:
    name = str(connections[alias].settings_dict["NAME"])
    other = f"{name[:40]}_restore_{uuid4().hex[:8]}"
    _make(connections[alias], other, name)
    try:
        with _connected(alias, other) as connection:
            server_tools.load(connection, path, tell)
            yield connection
    finally:
        with connections[alias].cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS `{other}`")


@contextmanager
def _in_file(alias: str, path: Path) -> Iterator[BaseDatabaseWrapper]:
    """A copy: looking at the backup itself could write beside it."""
    with tempfile.TemporaryDirectory(prefix="mercury-") as folder:
        copy = Path(folder, "restored.sqlite3")
        shutil.copyfile(path, copy)
        with _connected(alias, str(copy)) as connection:
            try:
                with connection.cursor() as cursor:
                    cursor.execute("PRAGMA integrity_check")
                    said = cursor.fetchone()[0]
            except DatabaseError as error:
                raise BackupError(f"{path} is no SQLite database: {error}.") from error
            if said != "ok":
                raise BackupError(f"{path} is damaged: {said}. Use another backup.")
            yield connection


@contextmanager
def _connected(alias: str, name: str) -> Iterator[BaseDatabaseWrapper]:
    """A connection with the login of `alias` to another database."""
    connection = connections[alias].copy()
    connection.settings_dict["NAME"] = name
    try:
        yield connection
    finally:
        connection.close()


def _make(connection: BaseDatabaseWrapper, name: str, beside: str) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
    except DatabaseError as error:
        raise BackupError(
            f"No database can be made to restore into: {error.args[-1]}. {RIGHTS.format(beside)}"
        ) from error


def _exchange(here: BaseDatabaseWrapper, loaded: BaseDatabaseWrapper, stamp: str) -> Replaced:
    name, other = (str(each.settings_dict["NAME"]) for each in (here, loaded))
    before = f"{name[:40]}_before_{stamp}"
    _make(here, before, name)
    moves = [(name, before, table) for table in here.introspection.table_names()]
    moves += [(other, name, table) for table in loaded.introspection.table_names()]
    try:
        _rename(here, moves)
    except DatabaseError as error:
        with here.cursor() as cursor:
            cursor.execute(f"DROP DATABASE `{before}`")
        raise BackupError(
            f"The tables could not be exchanged: {error.args[-1]}. Nothing was changed. "
            "Stop web and workers and try again."
        ) from error

    def undo() -> None:
        _rename(here, [(there, origin, table) for origin, there, table in reversed(moves)])
        with here.cursor() as cursor:
            cursor.execute(f"DROP DATABASE `{before}`")

    return Replaced(f"database `{before}`", undo)


def _rename(here: BaseDatabaseWrapper, moves: list[tuple[str, str, str]]) -> None:
    """Move tables between databases, (from, to, table), in one statement."""
    listed = ", ".join(f"`{a}`.`{table}` TO `{b}`.`{table}`" for a, b, table in moves)
    with here.cursor() as cursor:
        # The default is a year: somebody at work would keep us waiting.
        cursor.execute("SET SESSION lock_wait_timeout = 60")
        cursor.execute(f"RENAME TABLE {listed}")


def _overwrite(here: BaseDatabaseWrapper, loaded: BaseDatabaseWrapper, stamp: str) -> Replaced:
    name = str(here.settings_dict["NAME"])
    before = Path(f"{name}.before_{stamp}")
    if not name.startswith("file:"):
        copy_sqlite(here, before)
    loaded.ensure_connection()
    here.ensure_connection()
    loaded.connection.backup(here.connection)

    def undo() -> None:
        with closing(sqlite3.connect(before)) as kept:
            kept.backup(here.connection)
        before.unlink()

    return Replaced(f"file {before}", undo)
