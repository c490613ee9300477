"""Our own capture of slow statements: all of them, and nothing of what is in them."""

import threading
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from mercury.ops import slow_queries
from mercury.ops.models import SlowQuery
from mercury.ops.monitoring import answers
from mercury.ops.monitoring.sql_text import in_words, without_values
from tests.factories import make_user
from waha.models import WahaChat

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_gathered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow_queries, "_gathered", {})


@pytest.fixture
def everything_is_slow(settings: Any) -> None:
    settings.SLOW_QUERY_MS = 0


def ask(name: str) -> None:
    list(WahaChat.objects.filter(name=name).values_list("pk"))


@pytest.mark.core
def test_a_slow_statement_is_kept_without_what_was_asked(everything_is_slow: None) -> None:
    ask("Frau Geheim")
    ask("Herr Still")
    slow_queries.write()

    [kept] = SlowQuery.objects.filter(statement__contains="waha_chats")
    assert kept.count == 2
    assert "Geheim" not in kept.statement
    assert kept.statement.endswith("= %s")
    assert kept.max_ms <= kept.total_ms
    assert kept.mean_ms == pytest.approx(kept.total_ms / 2)


@pytest.mark.core
def test_what_comes_again_is_added_up(everything_is_slow: None) -> None:
    for _ in range(2):
        ask("x")
        slow_queries.write()

    assert SlowQuery.objects.get(statement__contains="waha_chats").count == 2


def test_fast_statements_are_not_kept(settings: Any) -> None:
    settings.SLOW_QUERY_MS = 60_000

    ask("x")
    slow_queries.write()

    assert SlowQuery.objects.count() == 0


def test_a_page_is_named_and_written_when_it_has_been_answered(
    client: Client, everything_is_slow: None
) -> None:
    client.force_login(make_user())
    slow_queries._gathered.clear()

    client.get("/calls/")
    slow_queries.write()

    assert "calls:list" in set(SlowQuery.objects.values_list("place", flat=True))


def test_capture_follows_new_connections(everything_is_slow: None) -> None:
    slow_queries.watch(connection)
    slow_queries.watch(connection)

    assert connection.execute_wrappers.count(slow_queries.measure) == 1


def test_a_database_that_is_away_loses_the_capture_and_nothing_else(
    everything_is_slow: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: Any) -> None:
        raise OperationalError(2006, "gone")

    ask("x")
    monkeypatch.setattr(slow_queries, "_write", away)
    monkeypatch.setattr(slow_queries, "connections", {slow_queries.ALIAS: threading.local()})
    slow_queries.connections[slow_queries.ALIAS].close = lambda: None

    slow_queries.write()

    assert slow_queries._gathered == {}


def test_a_flood_of_kinds_does_not_fill_the_memory() -> None:
    for number in range(slow_queries.MOST_KINDS + 50):
        slow_queries.remember(f"SELECT a{number}", 900, "mysql")

    assert len(slow_queries._gathered) == slow_queries.MOST_KINDS


@pytest.mark.parametrize(
    ("vendor", "sql", "plain"),
    [
        (
            "mysql",
            "SELECT 'it''s \\' 5', 17 FROM `t2` WHERE a = -1.5e3",
            "SELECT ?, ? FROM `t2` WHERE a = ?",
        ),
        ("mysql", 'SELECT "secret" FROM t', "SELECT ? FROM t"),
        ("mysql", "SELECT 'cut off by the serv", "SELECT ?"),
        ("mysql", "SELECT a FROM t WHERE a IN (1, 2,3) AND b=0xFF",
         "SELECT a FROM t WHERE a IN (…) AND b=?"),
        ("mysql", "INSERT INTO t VALUES (1, 'a'), (2, 'b'),(3, 'c')",
         "INSERT INTO t VALUES (…), (…)"),
        ("sqlite", 'SELECT "t2"."a" FROM "t2" WHERE "a" = %s  LIMIT 21',
         'SELECT "t2"."a" FROM "t2" WHERE "a" = %s LIMIT ?'),
    ],
)  # fmt: skip
def test_values_are_taken_out_of_statements(vendor: str, sql: str, plain: str) -> None:
    assert without_values(sql, vendor=vendor) == plain


def test_a_task_is_named(everything_is_slow: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow_queries, "current_task", SimpleNamespace(name="drain"))

    ask("x")
    slow_queries.write()

    assert SlowQuery.objects.get(statement__contains="waha_chats").place == "task drain"


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT `a` . `id` FROM `a` INNER JOIN `b` ON ( ? ) JOIN `a` ON ( ? )", "Reads a, b"),
        ('(SELECT id FROM "chats" WHERE x = ?)', "Reads chats"),
        ("INSERT INTO `log` ( `id` ) VALUES (…)", "Adds to log"),
        ("UPDATE waha_chats SET name = %s", "Changes waha_chats"),
        ("DELETE FROM `a` WHERE `id` IN (…)", "Deletes from a"),
        ("SELECT * FROM a JOIN b JOIN c JOIN d JOIN e", "Reads a, b, c, d, …"),
        ("ALTER TABLE `a` ADD COLUMN `b` INT", "Something else"),
        ("SELECT ?", "Something else"),
    ],
)
def test_statements_are_told_in_words(sql: str, words: str) -> None:
    assert in_words(sql) == words


@pytest.mark.core
def test_what_the_pages_of_operations_ask_is_not_kept(everything_is_slow: None) -> None:
    answers.ask(connection, "SELECT 1 + 1")
    slow_queries.write()

    assert SlowQuery.objects.count() == 0
