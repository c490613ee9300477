"""Making a backup: every database, the files, and a manifest; all of it or nothing."""

import errno
import os
import shutil
import sqlite3
from pathlib import Path

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from mercury.db import encryption, sharding
from mercury.db.locks import named_lock
from mercury.ops.backups import media, places, server_tools
from mercury.ops.backups.manifest import BackupError, Database, Manifest, Tell
from waha.lifecycle import archive

PREFIX = "mercury-"


def make(into: Path, *, with_files: bool, tell: Tell) -> Path:
    """Write a backup into a new folder below `into` and return it. Raises BackupError.

    Dumped from one consistent snapshot of each database while people work. The archive waits
    meanwhile: a month that moves between two tables or servers could be missed by both dumps.
    """
    name = f"{PREFIX}{timezone.now():%Y%m%dT%H%M%SZ}"
    half, whole = into / f".{name}.half", into / name
    try:
        into.mkdir(parents=True, exist_ok=True, mode=0o700)
        with named_lock("backup"), named_lock(archive.LOCK):
            for left in into.glob(f".{PREFIX}*.half"):  # of one that was killed
                shutil.rmtree(left)
            half.mkdir(mode=0o700)
            try:
                _write(half, with_files, tell)
                _sync(half)
                half.rename(whole)
            finally:
                shutil.rmtree(half, ignore_errors=True)
    except OSError as error:
        raise BackupError(disk_words(error, into, ", or choose another by --to")) from error
    return whole


def databases() -> list[str]:
    """The aliases of every database of its own: the primary and the shards."""
    return [DEFAULT_DB_ALIAS, *sharding.aliases()]


def migrations_of(connection: BaseDatabaseWrapper) -> list[str]:
    """`app.name` of every migration that a database has had."""
    applied = MigrationRecorder(connection).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in applied)


def _write(half: Path, with_files: bool, tell: Tell) -> None:
    manifest = Manifest(made_at=timezone.now().isoformat(timespec="seconds"))
    manifest.keys = {name: encryption.fingerprint(key) for name, key in settings.ENCRYPTION_KEYS}
    for alias in databases():
        try:
            manifest.databases[alias] = _database(connections[alias], alias, half, tell)
        except sqlite3.OperationalError as error:
            full = error.sqlite_errorcode == sqlite3.SQLITE_FULL
            raise OSError(errno.ENOSPC if full else errno.EIO, str(error)) from error
        except DatabaseError as error:
            raise BackupError(f"The database {alias} does not answer: {error}.") from error
    if not with_files:
        manifest.files_note = "left out by --without-files"
    elif (root := media.folder()) is None:
        manifest.files_note = "in a bucket, which keeps its own copies"
    elif root.resolve() == half.parent.resolve():
        raise BackupError(f"{half.parent} holds the files themselves: choose a folder below it.")
    else:
        manifest.files = "files.tar"
        media.pack(root, half / manifest.files, tell)
    manifest.write(half)


def _database(connection: BaseDatabaseWrapper, alias: str, half: Path, tell: Tell) -> Database:
    engine = server_tools.engine_of(connection)
    file = f"{alias}.sqlite3" if engine == "sqlite" else f"{alias}.sql.gz"
    applied = migrations_of(connection)
    if engine == "sqlite":
        places.copy_sqlite(connection, half / file)
    else:
        server_tools.dump(connection, half / file, tell)
    version = ".".join(map(str, connection.get_database_version()))
    return Database(engine, version, file, applied)


def _sync(folder: Path) -> None:
    """Have everything on the disk before it gets its name."""
    for path in [*folder.iterdir(), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def disk_words(error: OSError, place: object, more: str = "") -> str:
    """What to do about a disk that is full or cannot be written."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"The disk of {place} is full; nothing was kept. Make room{more}."
    return f"{place} cannot be written: {error.strerror or error}. Nothing was kept."
