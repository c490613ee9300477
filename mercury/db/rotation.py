"""Moving everything encrypted from old keys to the first one, in batches, beside the product.

A value says itself under which key it lies, so a run that was killed is just run again. The
values of a batch are locked while they are rewritten: nobody's newer value is undone.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from mercury.db import encryption
from mercury.db.encryption import DecryptionError, EncryptedCharField
from mercury.db.retry import retried

Row = tuple[int, Any]
MARK = f"{encryption.VERSION}:"


@dataclass(frozen=True, slots=True)
class Column:
    """A column that holds encrypted values.

    `kind`: "text" is one value, "bytes" one in a BLOB, "json" any strings inside an object.
    `index` is the column of its keyed hash, `key_id` one that repeats the key's id.
    """

    table: str
    name: str
    kind: str = "text"
    index: str = ""
    key_id: str = ""
    primary_key: str = "id"

    @property
    def place(self) -> str:
        """What its values are bound to."""
        return f"{self.table}.{self.name}"


@dataclass(slots=True)
class Progress:
    """What a run did: values rewritten, and `table.column id` of those no key opens."""

    rewritten: int = 0
    unreadable: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Kept:
    """How many values of a column lie under a key, and one of them to try the key on."""

    place: str
    key_id: str
    values: int
    sample: str


_more: list[Column] = []


def register(column: Column) -> None:
    """Make a column known that is not an EncryptedCharField; called from AppConfig.ready."""
    if column not in _more:
        _more.append(column)


def columns() -> list[Column]:
    """Every column with encrypted values."""
    found = [
        Column("sensitive_data", "encrypted_content", kind="bytes", key_id="encryption_key_id")
    ]
    for model in apps.get_models():
        for each in model._meta.local_concrete_fields:
            if isinstance(each, EncryptedCharField) and not model._meta.proxy:
                table, key = model._meta.db_table, str(model._meta.pk.column)
                column = Column(table, str(each.column), index=each.index, primary_key=key)
                found.append(column)
    return [*found, *_more]


def rotate(
    *, size: int = 500, tell: Callable[[Column, Progress], object] = lambda column, done: None
) -> Progress:
    """Rewrite every value that does not lie under the first key, `size` rows a transaction."""
    done = Progress()
    for column in columns():
        last = 0
        while (batch := _rotate_batch(column, last, size)) is not None:
            last, rewritten, unreadable = batch
            done.rewritten += rewritten
            done.unreadable += unreadable
            tell(column, done)
    return done


def survey(there: BaseDatabaseWrapper | None = None) -> list[Kept]:
    """What lies encrypted under which key, by what the values say of themselves.

    Reads every value of every column and decrypts none; in `there` instead of the database in
    use when it is given.
    """
    connection = there or connections[DEFAULT_DB_ALIAS]
    found: dict[tuple[str, str], Kept] = {}
    for column in columns():
        for _pk, value in _all(connection, column):
            for token in _tokens(value):
                key_id = encryption.key_of(token)
                kept = found.setdefault(
                    (column.place, key_id), Kept(column.place, key_id, 0, token)
                )
                kept.values += 1
    return list(found.values())


@retried()
def _rotate_batch(column: Column, after: int, size: int) -> tuple[int, int, list[str]] | None:
    """Rewrite the next rows of a column; (last key, how many, which could not be read)."""
    with transaction.atomic(using=DEFAULT_DB_ALIAS):
        rows = _stale(column, after, size)
        if not rows:
            return None
        changes: dict[int, list[Any]] = {}
        unreadable = []
        for pk, value in rows:
            try:
                changed = _rewritten(column, value)
            except DecryptionError:
                unreadable.append(f"{column.place} {pk}")
            else:
                if changed is not None:
                    changes[pk] = changed
        _write(column, changes)
        return rows[-1][0], len(changes), unreadable


def _stale(column: Column, after: int, size: int) -> list[Row]:
    """Rows after a key that may hold a value under another key, locked."""
    connection = connections[DEFAULT_DB_ALIAS]
    quote = connection.ops.quote_name
    key, name = quote(column.primary_key), quote(column.name)
    first = settings.ENCRYPTION_KEYS[0][0]
    where = f"{key} > %s"
    params: list[Any] = [after]
    if column.key_id:
        where, params = f"{where} AND {quote(column.key_id)} <> %s", [*params, first]
    elif column.kind == "text":
        prefix = f"{MARK}{first}:"
        where += f" AND {name} <> '' AND SUBSTR({name}, 1, {len(prefix)}) <> %s"
        params.append(prefix)
    lock = "FOR UPDATE" if connection.features.has_select_for_update else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {key}, {name} FROM {quote(column.table)} "  # noqa: S608  # our names
            f"WHERE {where} ORDER BY {key} LIMIT {size} {lock}",
            params,
        )
        return [(int(pk), value) for pk, value in cursor.fetchall()]


def _rewritten(column: Column, value: Any) -> list[Any] | None:
    """The new values of the column and of those beside it; None when nothing changes."""
    if column.kind == "json":
        held = json.loads(value) if isinstance(value, str | bytes) else value
        fresh = _resealed_inside(held, column.place)
        return [json.dumps(fresh)] if fresh != held else None
    token = bytes(value).decode() if column.kind == "bytes" else str(value)
    plain = encryption.decrypt(token, place=column.place)
    sealed = encryption.encrypt(plain, place=column.place)
    values: list[Any] = [sealed.encode() if column.kind == "bytes" else sealed]
    if column.index:
        place = f"{column.table}.{column.index}"
        values.append(encryption.keyed_hash(plain.decode(), place=place))
    if column.key_id:
        values.append(encryption.key_of(sealed))
    return values


def _resealed_inside(held: Any, place: str) -> Any:
    """A JSON value whose encrypted strings lie under the first key."""
    if isinstance(held, dict):
        return {name: _resealed_inside(value, place) for name, value in held.items()}
    if isinstance(held, list):
        return [_resealed_inside(value, place) for value in held]
    if not isinstance(held, str) or not held.startswith(MARK):
        return held
    if encryption.key_of(held) == settings.ENCRYPTION_KEYS[0][0]:
        return held
    return encryption.encrypt(encryption.decrypt(held, place=place), place=place)


def _write(column: Column, changes: dict[int, list[Any]]) -> None:
    """One UPDATE for all rows of a batch.

    updated_at stays: what the record says has not changed.
    """
    if not changes:
        return
    connection = connections[DEFAULT_DB_ALIAS]
    quote = connection.ops.quote_name
    key = quote(column.primary_key)
    names = [name for name in (column.name, column.index, column.key_id) if name]
    cases, params = [], []
    for position, name in enumerate(names):
        cases.append(f"{quote(name)} = CASE {key} {'WHEN %s THEN %s ' * len(changes)}END")
        params += [part for pk, values in changes.items() for part in (pk, values[position])]
    slots = ", ".join(["%s"] * len(changes))
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {quote(column.table)} SET {', '.join(cases)} WHERE {key} IN ({slots})",  # noqa: S608  # our names
            [*params, *changes],
        )


def _all(connection: BaseDatabaseWrapper, column: Column) -> Iterator[Row]:
    """Every value of a column, by key in portions."""
    quote = connection.ops.quote_name
    key = quote(column.primary_key)
    last, rows = 0, [(0, "")]
    while rows:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {key}, {quote(column.name)} FROM {quote(column.table)} "  # noqa: S608  # our names
                f"WHERE {key} > %s ORDER BY {key} LIMIT 5000",
                [last],
            )
            rows = cursor.fetchall()
        yield from rows
        last = rows[-1][0] if rows else last


def _tokens(value: Any) -> Iterator[str]:
    """The encrypted values in what a column holds."""
    text = bytes(value).decode() if isinstance(value, bytes | memoryview) else value
    if isinstance(text, str) and text.startswith(("{", "[")):
        text = json.loads(text)
    if isinstance(text, dict):
        text = list(text.values())
    if isinstance(text, list):
        for each in text:
            yield from _tokens(each)
    elif isinstance(text, str) and text.startswith(MARK):
        yield text
