"""What the monitoring pages read off each engine, and what they say where it tells nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from mercury.ops.models import SlowQuery, TableSize
from mercury.ops.monitoring import answers, indexes, reports, sizes, statements
from tests.factories import make_chat, make_message
from waha.models import WahaMessage

pytestmark = pytest.mark.django_db


def is_mysql() -> bool:
    return connection.vendor == "mysql"


@contextmanager
def server_set(**variables: Any) -> Iterator[None]:
    """Global variables of the server, put back afterwards."""
    with connection.cursor() as cursor:
        before = {}
        for name, value in variables.items():
            cursor.execute(f"SELECT @@global.{name}")
            before[name] = cursor.fetchone()[0]
            cursor.execute(f"SET GLOBAL {name} = %s", [value])
        try:
            yield
        finally:
            for name, value in before.items():
                cursor.execute(f"SET GLOBAL {name} = %s", [value])


def counts_statements() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@performance_schema")
        return bool(cursor.fetchone()[0])


@pytest.mark.core
def test_indexes_come_with_columns_and_cardinality() -> None:
    found = {(each.table, each.name): each for each in indexes.usage().indexes.rows}

    named = found["waha_messages", "idx_waha_messages_session_chat"]
    assert (named.columns, named.unique) == ("session_id, chat_id", False)
    assert is_mysql() == (named.cardinality is not None)


@pytest.mark.core
def test_an_index_that_begins_like_a_longer_one_is_named() -> None:
    def index(name: str, columns: str, *, unique: bool = False) -> indexes.Index:
        return indexes.Index("t", name, columns, unique, 1)

    rows = [
        index("short", "a"),
        index("long", "a, b"),
        index("key", "a", unique=True),
        index("x", "ab"),
    ]
    usage = indexes.Usage(answers.Answer(rows), answers.Answer())

    assert [(short.name, long.name) for short, long in usage.redundant] == [("short", "long")]


def test_unused_are_those_nobody_read_and_nothing_needs() -> None:
    rows = [
        indexes.Index("t", "idle", "a", False, 1, reads=0, writes=5),
        indexes.Index("t", "busy", "b", False, 1, reads=3),
        indexes.Index("t", "rule", "c", True, 1, reads=0),
        indexes.Index("t", "relation", "d", False, 1, reads=0, note="holds a foreign key"),
        indexes.Index("t", "uncounted", "e", False, 1),
    ]

    usage = indexes.Usage(answers.Answer(rows), answers.Answer())

    assert [each.name for each in usage.unused] == ["idle"]


@pytest.mark.mysql
def test_the_use_of_indexes_is_counted_by_the_server() -> None:
    if not counts_statements():
        pytest.skip("performance_schema is off here; the next test says what is told then")
    message = make_message(make_chat())
    list(WahaMessage.objects.filter(status=message.status).values_list("pk"))

    usage = indexes.usage()

    assert usage.uses.reason == ""
    assert all(each.reads is not None for each in usage.indexes.rows)
    assert usage.hours >= 0


@pytest.mark.mysql
def test_a_server_that_counts_nothing_says_how_to_change_that() -> None:
    if counts_statements():
        pytest.skip("performance_schema is on here")

    told = [statements.digests(), indexes.usage().uses, indexes.missing()]

    assert [answer.rows for answer in told] == [[], [], []]
    assert told[0].mend == "[mysqld]\nperformance_schema = ON"
    assert told[1].mend == "SET GLOBAL userstat = ON;"


@pytest.mark.mysql
def test_mariadb_counts_by_userstat_too() -> None:
    if counts_statements() or not answers.is_mariadb(connection):
        pytest.skip("only where performance_schema is off")

    with server_set(userstat=1):
        list(WahaMessage.objects.filter(status="sent").values_list("pk"))
        usage = indexes.usage()

    assert usage.uses.reason == ""


@pytest.mark.mysql
def test_digests_name_what_took_the_server_time() -> None:
    if not counts_statements():
        pytest.skip("performance_schema is off here")
    list(WahaMessage.objects.filter(content="planted words").values_list("pk"))

    found = statements.digests(limit=200)

    assert found.reason == ""
    assert all("planted" not in each.text for each in found.rows)


@pytest.mark.mysql
def test_the_slow_log_is_shown_by_kind_without_values() -> None:
    with server_set(log_output="TABLE", slow_query_log=1), connection.cursor() as cursor:
        cursor.execute("SET SESSION long_query_time = 0")
        if answers.is_mariadb(connection):  # there each session has a switch of its own
            cursor.execute("SET SESSION slow_query_log = 1")
        for words in ("planted words", "other words"):
            list(WahaMessage.objects.filter(content=words).values_list("pk"))
        cursor.execute("SET SESSION long_query_time = DEFAULT")
        found = statements.logged()

    [kind] = [each for each in found.rows if "`content` = ?" in each.text]
    assert kind.count >= 2
    assert all("words" not in each.text for each in found.rows)


@pytest.mark.mysql
def test_a_slow_log_that_is_off_says_how_to_turn_it_on() -> None:
    with server_set(slow_query_log=0):
        off = statements.logged()
    with server_set(slow_query_log=1, log_output="FILE"):
        elsewhere = statements.logged()

    for answer in (off, elsewhere):
        assert (answer.rows, "slow_query_log = ON;" in answer.mend) == ([], True)
        assert answer.reason.startswith("The server's slow log is off, or does not go to a table")


@pytest.mark.mysql
def test_the_server_itself_ends_what_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "SECONDS", 1)
    tables = ", ".join(f"information_schema.columns c{number}" for number in range(4))

    with pytest.raises(OperationalError) as caught:
        answers.ask(connection, f"SELECT COUNT(*) FROM {tables}")  # noqa: S608  # our names

    assert caught.value.args[0] in answers.TOO_LONG


def test_a_user_without_rights_is_told_what_to_grant() -> None:
    refused = answers.refusal(
        OperationalError(1142, "SELECT command denied to user"), connection, statements.LOG_GRANT
    )

    user = connection.settings_dict.get("USER", "")
    assert refused.reason == f"The database user {user} may not read this."
    assert refused.mend == f"GRANT SELECT ON mysql.slow_log TO '{user}'@'%';"


def test_sqlite_says_what_it_cannot_do() -> None:
    if is_mysql():
        pytest.skip("SQLite's words")

    told = [
        statements.digests().reason,
        statements.logged().reason,
        indexes.usage().uses.reason,
        sizes.partitions().reason,
    ]

    assert told == [
        "SQLite does not count statements.",
        "SQLite keeps no slow log; what is captured above is all there is.",
        "SQLite does not count how often an index is used.",
        "SQLite has no partitions: all messages lie in one table.",
    ]


def test_sqlite_finds_missing_indexes_by_the_plans_of_what_was_slow() -> None:
    if is_mysql():
        pytest.skip("SQLite's way")
    for digest, sql in {
        "scan": 'SELECT "id" FROM "waha_messages" WHERE "content" = %s',
        "index": 'SELECT "id" FROM "waha_messages" WHERE "status" = %s',
        "gone": 'SELECT "id" FROM "no_such_table"',
    }.items():
        SlowQuery.objects.create(digest=digest, statement=sql, count=1)

    assert ['"content"' in each.text for each in indexes.missing().rows] == [True]


@pytest.mark.core
def test_tables_come_with_their_growth() -> None:
    assert sizes.measure() > 30
    today = timezone.now().date()
    earlier = today - timedelta(days=3)
    TableSize.objects.create(day=earlier, place="waha_messages", bytes=1)

    [messages] = [each for each in sizes.tables().rows if each.place == "waha_messages"]

    assert (messages.since, messages.grown) == (earlier, messages.bytes - 1)
    assert messages.bytes > 0


@pytest.mark.core
def test_measuring_twice_a_day_writes_once_and_forgets_what_is_old() -> None:
    long_ago = timezone.now().date() - timedelta(days=401)
    TableSize.objects.create(day=long_ago, place="waha_messages", bytes=1)

    counts = [sizes.measure(), sizes.measure()]

    assert counts == [TableSize.objects.count()] * 2


@pytest.mark.mysql
def test_partitions_come_month_by_month() -> None:
    found = sizes.partitions().rows

    names = [each.name for each in found if each.table == "waha_messages"]
    assert names[0] == "waha_messages_max"
    assert names[1:] == sorted(names[1:], reverse=True)


@pytest.mark.core
def test_messages_are_counted_once_for_many_pages() -> None:
    chat = make_chat()
    make_message(chat)
    first = reports.message_counts()
    make_message(chat)

    assert first.messages == {chat.session_id: 1}
    assert reports.message_counts().messages == {chat.session_id: 1}
    assert reports.count_all().messages == {chat.session_id: 2}
    assert reports.message_counts().messages == {chat.session_id: 2}


def test_counting_that_takes_too_long_is_left_to_the_schedule(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def too_long() -> None:
        raise OperationalError(3024, "maximum statement execution time exceeded")

    monkeypatch.setattr(reports, "_count", too_long)

    assert reports.message_counts().messages is None


def test_sizes_are_measured_once_a_day() -> None:
    assert sizes.measure_daily() == TableSize.objects.count() > 0
    assert sizes.measure_daily() == 0
