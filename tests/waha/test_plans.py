"""How MySQL and MariaDB read the inbox's rows: by which index, in which partitions, how many.

The data is small, so the tests look at the plans of the statements themselves and at the rows
the storage handed out, which do not depend on the machine.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from benchmarks.reads import rows_touched
from mercury.db import partitions
from mercury.db.keyset import Cursor
from mercury.db.partitions import Month
from tests.factories import Draft, make_chat, make_session, make_user, write_messages
from waha.inbound.apply.batch import Batch
from waha.inbox import chat_lists, history, numbers, pages, threads
from waha.inbox.filters import Filters
from waha.inbox.threads import Chat
from waha.models import WahaCall, WahaChat, WahaMessage, WahaSession

pytestmark = [pytest.mark.mysql, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

MESSAGES, NEIGHBOURS, MONTHS = 1600, 40, 4
Plan = dict[str, Any]


@pytest.fixture
def user() -> User:
    """Somebody with two numbers: a large chat over four months among forty smaller ones.

    As large as it takes: the server reads a table of a few pages from end to end instead.
    """
    user = make_user(role="Agent")
    sessions = [make_session(owner=user, name=f"number-{each}") for each in range(2)]
    start = timezone.now() - timedelta(days=30 * MONTHS)
    step = timedelta(days=30 * MONTHS) / MESSAGES
    large = make_chat(session=sessions[0], name="Large")
    write_messages(large, [Draft(str(n), at=start + n * step) for n in range(MESSAGES)])
    for number in range(NEIGHBOURS):
        chat = make_chat(session=sessions[number % 2])
        write_messages(chat, [Draft(str(n), at=start + n * 40 * step) for n in range(40)])
    analyze()
    return user


def analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE TABLE waha_messages, waha_message_keys, waha_chats, chat_reads, waha_calls"
        )
        cursor.fetchall()


def opened(user: User) -> Chat:
    return pages.one_chat(user, WahaChat.objects.get(name="Large").pk)


def plans(read: Callable[[], object]) -> list[Plan]:
    """A line of EXPLAIN for each table of each statement that `read` runs."""
    with CaptureQueriesContext(connection) as captured:
        read()
    found: list[Plan] = []
    maria = getattr(connection, "mysql_is_mariadb", False)
    word = "EXPLAIN PARTITIONS" if maria else "EXPLAIN FORMAT=TRADITIONAL"
    with connection.cursor() as cursor:
        for query in captured.captured_queries:
            if not query["sql"].startswith(("SELECT", "(SELECT")):
                continue
            cursor.execute(f"{word} {query['sql']}".replace("%", "%%"), [])
            names = [column[0] for column in cursor.description]
            found += [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return found


def of(table: str, found: list[Plan]) -> list[Plan]:
    """The lines that read `table`."""
    return [line for line in found if line["table"] == table]


def test_first_page_of_a_thread_walks_its_index(user: User) -> None:
    chat = opened(user)

    found = of("waha_messages", plans(lambda: threads.page(user, chat)))

    assert [line["key"] for line in found] == ["idx_waha_messages_thread"]
    assert "Using filesort" not in (found[0]["Extra"] or "")


def test_calls_of_a_thread_are_read_from_their_index(user: User) -> None:
    """However many the chat and its number have: no more than fit a page."""
    chat = opened(user)
    now = timezone.now()
    other = WahaChat.objects.filter(session_id=chat.number.pk).exclude(pk=chat.pk)[0]
    WahaCall.objects.bulk_create(
        WahaCall(
            session_id=chat.number.pk,
            chat_id=chat.pk if n % 4 else other.pk,
            call_id=f"CALL{n}",
            started_at=now - n * timedelta(minutes=1),
        )
        for n in range(MESSAGES)
    )
    analyze()

    found = of("waha_calls", plans(lambda: threads.page(user, chat)))

    assert [line["key"] for line in found] == ["idx_waha_calls_thread"]
    assert "Using filesort" not in (found[0]["Extra"] or "")


def test_pages_of_a_thread_touch_a_page_and_a_row_for_each_partition(user: User) -> None:
    """However deep: fifty rows, one more that says whether there are others, and the probes."""
    chat = opened(user)
    # A row more for each message of ours: the name of who wrote it. None here is ours. And one
    # look for each into the index of stars.
    rows = threads.PAGE_SIZE + 1
    allowed = 2 * rows + len(partitions.names(connection, "waha_messages"))
    # Within a month of many rows: a month of few is read from end to end, which costs less.
    far_back = cursor_of(chat, MESSAGES // 2)

    first = rows_touched(lambda: read_page(user, chat, None))
    deep = rows_touched(lambda: read_page(user, chat, far_back))

    # MariaDB reads ahead in each partition: up to three pages, however deep (measured on 10.11).
    read_ahead = 3 * threads.PAGE_SIZE if getattr(connection, "mysql_is_mariadb", False) else 0
    assert first <= allowed + read_ahead
    assert deep <= allowed + read_ahead


def test_jumping_back_leaves_out_later_months(user: User) -> None:
    chat = opened(user)
    cursor = cursor_of(chat, 20)

    found = of("waha_messages", plans(lambda: threads.page(user, chat, before=cursor)))

    assert names_of(found[0]) == months(chat.first_at or cursor.at, cursor.at)


def test_jumping_to_a_day_leaves_out_earlier_months(user: User) -> None:
    chat = opened(user)
    cursor = cursor_of(chat, MESSAGES // 2)

    found = of("waha_messages", plans(lambda: threads.onward(user, chat, cursor)))

    read = names_of(found[0])
    assert Month.of(cursor.at).partition("waha_messages") in read
    assert read & months(chat.first_at or cursor.at, Month.of(cursor.at).plus(-1).start) == set()


def test_newest_page_of_a_lively_chat_asks_its_last_two_months(user: User) -> None:
    WahaChat.objects.filter(name="Large").update(in_seq=MESSAGES)
    chat = opened(user)
    assert chat.last_at is not None

    found = of("waha_messages", plans(lambda: read_page(user, chat, None)))

    early = months(chat.first_at or chat.last_at, Month.of(chat.last_at).plus(-2).start)
    assert early
    assert [names_of(line) & early for line in found] == [set()]


def test_the_list_of_chats_walks_one_index_for_each_number(user: User) -> None:
    read = numbers.read(user)

    found = plans(lambda: chat_lists.page(user, Filters(), read.all))

    used = {line["key"] for line in of("waha_chats", found) if line["type"] != "const"}
    assert "idx_waha_chats_session_last" in used
    assert None not in used


def test_unread_totals_count_in_an_index(user: User) -> None:
    found = plans(lambda: numbers.read(user))

    # Not by the table's name: a subquery has an alias, and an empty table beside it is just read.
    chats = [
        line for line in found if re.search("waha_chats|chat_reads", str(line["possible_keys"]))
    ]
    assert chats
    assert None not in {line["key"] for line in chats}


def test_an_ack_finds_its_message_in_one_partition_by_key(user: User) -> None:
    session = WahaSession.objects.get(name__endswith="number-0")
    message = WahaMessage.objects.filter(session=session).order_by("-created_at")[0]

    @transaction.atomic
    def look() -> None:
        batch = Batch(session, raw_ids={message.message_id}, sightings=())
        assert batch.message(False, message.message_id) is not None

    found = plans(look)

    assert {line["key"] for line in of("waha_message_keys", found)} == {"PRIMARY"}
    [line] = of("waha_messages", found)
    assert line["key"] == "PRIMARY"
    assert names_of(line) == months(message.created_at, message.created_at)


def test_old_messages_are_walked_in_their_own_months(user: User) -> None:
    found = plans(lambda: list(WahaMessage.objects.older_than(90)[:10]))

    this_month = Month.of(timezone.now()).partition("waha_messages")
    assert this_month not in names_of(found[0])


def read_page(user: User, chat: Chat, cursor: Cursor | None) -> None:
    """The page's messages alone, without reactions and files."""
    history.before(user, chat, cursor, threads.PAGE_SIZE)


def cursor_of(chat: Chat, index: int) -> Cursor:
    """The place of the chat's `index`-th oldest message."""
    row = WahaMessage.objects.filter(chat_id=chat.pk).order_by("created_at", "pk")[index]
    return Cursor(row.created_at, row.pk)


def names_of(line: Plan) -> set[str]:
    return set(line["partitions"].split(","))


def months(first: datetime, last: datetime) -> set[str]:
    """The partitions of all months from one moment to another."""
    found, month = set(), Month.of(first)
    while month <= Month.of(last):
        found.add(month.partition("waha_messages"))
        month = month.plus(1)
    return found
