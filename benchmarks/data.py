"""Fills an empty schema with a company's chats, as `seed --scale` does (benchmarks/seed.py
measures how fast that is), with some words more that searches are measured by."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any
from unittest import mock

from django.db import connection

from accounts.models import User
from benchmarks import indexing
from benchmarks.loading import Loads
from mercury.ops.seeding import scale
from mercury.ops.seeding.factories import make_server, make_user
from waha.models import ChatRead

# {word: one message of so many}; `damson` stands in twelve, whatever the number of messages.
FREQUENT, RARE = "kumquat", "damson"
PLANTED = {FREQUENT: 20, "quince": 300, "medlar": 3_000}
RARE_ROWS = 12

TABLES = ("waha_messages", "waha_message_keys", "waha_message_texts", "waha_chats", "chat_reads")

MOST_INDEXED_AT_ONCE = 100_000
"""Messages up to which every index is written with each of them, as in the product."""


def filled(messages: int) -> User:
    """The user of a schema that has been filled before, or now."""
    if ChatRead.objects.exists():  # written last
        return User.objects.get(email="bench@example.com")
    return fill(messages)


def fill(messages: int) -> User:
    """Write everything and return the user who sees all numbers; says how fast it went."""
    user = make_user(email="bench@example.com", role="Agent")
    started = time.perf_counter()
    with connection.cursor() as cursor:
        _while_loading(cursor, commits="0", redo_log=4 * 1024**3)
        with _loaded(), indexing.postponed(cursor, wanted=messages > MOST_INDEXED_AT_ONCE):
            scale.build(
                messages=messages, owner=user, server=make_server(), progress=_told(started),
                say=_said(messages),
            )  # fmt: skip
        _while_loading(cursor, commits="1", redo_log=128 * 1024**2)
        if connection.vendor == "mysql":
            cursor.execute(f"ANALYZE TABLE {', '.join(TABLES)}")
            cursor.fetchall()
    seconds = time.perf_counter() - started
    print(f"# {messages} messages in {seconds:.0f} s, {messages / seconds:.0f}/s", flush=True)
    return user


def _while_loading(cursor: Any, *, commits: str, redo_log: int) -> None:
    """Do not wait for the disk while millions of rows come in."""
    if connection.vendor != "mysql":
        return
    cursor.execute(f"SET GLOBAL innodb_flush_log_at_trx_commit = {commits}")
    if not connection.mysql_is_mariadb:
        cursor.execute(f"SET GLOBAL innodb_redo_log_capacity = {redo_log}")


def _said(messages: int) -> Callable[[int], str]:
    """What the n-th message says, with the words that are searched for."""
    every = {**PLANTED, RARE: max(messages // RARE_ROWS, 1)}

    def say(number: int) -> str:
        said = [scale.words_of(number)]
        said += [word for word, one_in in every.items() if number % one_in == 7 % one_in]
        return " ".join(said).strip()

    return say


def _told(started: float) -> Callable[[int, int], None]:
    """Says every million how far it is."""

    def tell(done: int, total: int) -> None:
        if done % 1_000_000 == 0 and done < total:
            seconds = time.perf_counter() - started
            print(f"# {done:,} of {total:,} in {seconds:.0f} s", flush=True)

    return tell


@contextmanager
def _loaded() -> Iterator[None]:
    """The same rows by files, where the server reads them: many times as fast."""
    with mock.patch.object(scale, "Inserts", Loads) if may_load() else nullcontext():
        yield


def may_load() -> bool:
    """Whether the server reads files of ours."""
    if connection.vendor != "mysql":
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@secure_file_priv")
        return bool(cursor.fetchone()[0] == "")
