"""What the server reads for the queries that matter: only the months they are about."""

from typing import Any

import pytest
from django.db import connection, connections
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from mercury.db.keyset import Cursor
from mercury.db.partitions import Month
from tests.waha.inbound.bodies import ack, event_row
from tests.waha.lifecycle.conftest import OLD, make_old
from waha.inbound import drain
from waha.inbox import history, pages
from waha.lifecycle import months, places, portions
from waha.models import WahaChat, WahaMessage

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.mysql]

NOW = Month.of(timezone.now())


def partitions_read(sql: str, params: Any = None) -> set[str]:
    """The partitions that the server says it will look into."""
    word = "PARTITIONS" if connections["default"].mysql_is_mariadb else "FORMAT=TRADITIONAL"
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {word} {sql}", params)
        names = [column[0] for column in cursor.description]
        plans = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return {name for plan in plans for name in (plan["partitions"] or "").split(",") if name}


def of(rows: QuerySet[Any]) -> set[str]:
    return partitions_read(*rows.query.sql_with_params())


def captured(work: Any) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        work()
    return [query["sql"] for query in queries.captured_queries]


def rows_read(work: Any) -> int:
    """Rows that the server took in hand for `work`, by its own count."""

    def handled() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SHOW SESSION STATUS LIKE 'Handler_read%'")
            return sum(int(value) for _name, value in cursor.fetchall())

    before = handled()
    idle = handled() - before
    work()
    return handled() - before - 2 * idle


def test_an_ack_looks_into_the_month_of_its_message(chat: WahaChat) -> None:
    row = make_old(chat, 2, at=NOW.start)[1]
    event_row(chat.session, ack(row.message_id, 3))

    selects = [
        sql
        for sql in captured(drain.drain_all)
        if sql.startswith(("SELECT", "UPDATE")) and "FROM `waha_messages`" in sql
    ]

    assert [partitions_read(sql) for sql in selects] == [{NOW.partition("waha_messages")}]


def test_an_archive_batch_looks_into_its_month(chat: WahaChat) -> None:
    make_old(chat, 5)
    (portion,) = places.portions(OLD)

    step = captured(lambda: portions.next_high(portion, 0, 3))[0]

    assert partitions_read(step) == {OLD.partition("waha_messages")}
    assert of(months.hot(OLD)) == {OLD.partition("waha_messages")}
    assert of(portion.archived()) <= {OLD.partition("waha_messages_archive")}


def test_jump_to_a_date_looks_from_there_to_the_chats_start(
    users: dict[str, User], chat: WahaChat
) -> None:
    make_old(chat, 60, month=OLD)
    make_old(chat, 5, at=NOW.start)
    opened = pages.one_chat(users["olga"], chat.pk)

    (sql,) = captured(
        lambda: history.before(users["olga"], opened, Cursor(OLD.plus(1).start, 0), 50)
    )[-1:]

    # The bound itself, the first moment of the next month, may be asked for as well.
    assert partitions_read(sql) <= {
        OLD.partition("waha_messages"),
        OLD.plus(1).partition("waha_messages"),
    }


def test_a_page_of_a_thread_reads_fifty_rows_and_a_probe_for_each_partition(
    users: dict[str, User], chat: WahaChat
) -> None:
    for back in range(9):
        make_old(chat, 60, month=NOW.plus(-back))
    other = WahaChat.objects.create(session=chat.session, chat_id="447700900999@c.us")
    make_old(other, 300, month=NOW.plus(-2))
    opened = pages.one_chat(users["olga"], chat.pk)
    rows = history.hot(users["olga"], opened).order_by("-created_at", "-pk")[:51]

    list(rows.all())
    read = rows_read(lambda: list(rows.all()))

    span = of(WahaMessage.objects.filter(created_at__gte=opened.first_at))
    # 51 messages with who sent them and whether they have a star, and for each partition the
    # search and the row it stands on.
    assert read <= 3 * 51 + 2 * len(span)
