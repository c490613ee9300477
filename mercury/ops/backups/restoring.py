"""Looking a backup through, and bringing it back: verified first, then exchanged as a whole."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from mercury.db import encryption, rotation
from mercury.db.encryption import DecryptionError
from mercury.db.locks import named_lock
from mercury.ops.backups import making, media, places, server_tools
from mercury.ops.backups.manifest import BackupError, Database, Manifest, Tell
from waha.lifecycle import archive

LOST_KEYS = (
    "The backup holds values that no key in ENCRYPTION_KEYS opens; nothing was changed. Find the "
    ".env of then and add its keys after your own. If they are lost for good, --without-keys "
    "restores the rest."
)


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did: where the state before lies, and files written and there already."""

    before: list[str]
    files: tuple[int, int]


def verify(folder: Path, tell: Tell) -> Manifest:
    """Check the files, load every database into a scratch one and look at what came out.

    Changes nothing. Raises BackupError.
    """
    manifest = _checked(folder, tell)
    for alias, database in manifest.databases.items():
        with places.scratch(alias, folder / database.file, tell) as loaded:
            _look(alias, loaded, tell)
    return manifest


def restore(folder: Path, tell: Tell, *, without_keys: bool = False) -> Restored:
    """The same, then put what was loaded in the place of what is there. Raises BackupError.

    Every database is loaded and looked at before the first is exchanged, and one that cannot be
    takes the others back with it. Values that no key opens are refused unless `without_keys`.
    """
    manifest = _checked(folder, tell)
    stamp = f"{timezone.now():%Y%m%d%H%M%S}"
    with ExitStack() as stack:
        for lock in ("backup", archive.LOCK):
            stack.enter_context(named_lock(lock))
        loaded: dict[str, BaseDatabaseWrapper] = {}
        for alias, database in manifest.databases.items():
            place = places.scratch(alias, folder / database.file, tell)
            loaded[alias] = stack.enter_context(place)
            if _look(alias, loaded[alias], tell) and not without_keys:
                raise BackupError(LOST_KEYS)
        files = media.put_back(folder / manifest.files, tell) if manifest.files else (0, 0)
        done: list[places.Replaced] = []
        try:
            for alias, each in loaded.items():
                done.append(places.replace(alias, each, stamp))  # kept on errors
        except BaseException:
            for replaced in reversed(done):
                replaced.undo()
            raise
    return Restored([replaced.before for replaced in done], files)


def missing_keys(manifest: Manifest) -> list[str]:
    """Ids of keys that the backup was made with and that are not here, or are others."""
    here = {name: encryption.fingerprint(key) for name, key in settings.ENCRYPTION_KEYS}
    return sorted(name for name, mark in manifest.keys.items() if here.get(name) != mark)


def _checked(folder: Path, tell: Tell) -> Manifest:
    manifest = Manifest.read(folder)
    manifest.check(folder, tell)
    for alias, database in manifest.databases.items():
        _fits(alias, database)
    if lacking := set(making.databases()) - set(manifest.databases):
        raise BackupError(
            f"{folder} has nothing for {', '.join(sorted(lacking))}. "
            "Set SHARD_DATABASE_URLS as it was when the backup was made."
        )
    return manifest


def _fits(alias: str, database: Database) -> None:
    if alias not in connections.databases:
        raise BackupError(
            f"The backup holds {alias}, which is not set here. "
            "Set SHARD_DATABASE_URLS as it was when the backup was made."
        )
    engine = server_tools.engine_of(connections[alias])
    if engine != database.engine:
        raise BackupError(
            f"{alias} in the backup is of {database.engine} {database.server}, the database here "
            f"is {engine}. Restore it into a server of its own kind."
        )
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    if newer := sorted(set(database.migrations) - known):
        raise BackupError(
            f"The backup was made by a newer Mercury: this one does not know {newer[0]}. "
            "Install that version first."
        )


def _look(alias: str, loaded: BaseDatabaseWrapper, tell: Tell) -> bool:
    """Count what was loaded and try the encryption keys on it; whether some value stays shut."""
    rows = dict(_counts(loaded))
    if not rows:
        raise BackupError(f"{alias} in the backup holds no table. Use another backup.")
    tell(f"{alias}: {len(rows)} tables, {sum(rows.values()):,} rows")
    if "users" not in rows:
        return False
    is_shut = False
    for kept in rotation.survey(loaded):
        try:
            encryption.decrypt(kept.sample, place=kept.place)
        except DecryptionError:
            is_shut = True
            tell(
                f"!!! {kept.values:,} values of {kept.place} need the encryption key "
                f"{kept.key_id!r}, which is not in ENCRYPTION_KEYS. Without it they are lost."
            )
    return is_shut


def _counts(loaded: BaseDatabaseWrapper) -> Iterator[tuple[str, int]]:
    try:
        with loaded.cursor() as cursor:
            for table in loaded.introspection.table_names(cursor):
                cursor.execute(f"SELECT COUNT(*) FROM {loaded.ops.quote_name(table)}")  # noqa: S608
                yield table, int(cursor.fetchone()[0])
    except DatabaseError as error:
        raise BackupError(f"What was loaded cannot be read: {error}.") from error
