"""The queries that the original names, as scopes: what they find and what they cost."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import make_chat, make_message, make_session
from waha.models import SessionStatus, WahaChat, WahaMessage, WahaSession

pytestmark = [pytest.mark.core, pytest.mark.django_db]


def aged(chat: WahaChat, *, days: float = 0, text: str = "hello") -> WahaMessage:
    """A message of that age; `created_at` is written once, so it is made with it."""
    return make_message(chat, text, at=timezone.now() - timedelta(days=days))


def test_recent_are_the_last_seven_days() -> None:
    chat = make_chat()
    young, _old = aged(chat, days=6.9), aged(chat, days=7.1)

    assert list(WahaMessage.objects.recent()) == [young]


def test_working_numbers_come_with_their_message_counts() -> None:
    busy = make_session(name="busy", status=SessionStatus.WORKING)
    quiet = make_session(name="quiet", status=SessionStatus.WORKING)
    stopped = make_session(name="stopped", status=SessionStatus.STOPPED)
    for session in (busy, busy, stopped):
        aged(make_chat(session=session))

    rows = WahaSession.objects.working().with_message_count().order_by("name")

    assert list(rows.values_list("name", "status", "message_count")) == [
        (busy.name, "working", 2),
        (quiet.name, "working", 0),
    ]


def test_the_last_day_comes_with_chat_and_number_in_one_query(
    assert_same_queries: Callable[..., None],
) -> None:
    chat = make_chat(name="Carla")
    aged(chat, days=1.1, text="too old")

    def grow(count: int) -> None:
        for number in range(count):
            aged(chat, days=0.5 - number / 1000, text=str(number))

    def fetch() -> list[tuple[str, str, str]]:
        rows = WahaMessage.objects.last_day()
        return [(row.content, row.chat.name, row.session.name) for row in rows]

    assert_same_queries(fetch, grow, few=1, many=3, at_most=1)

    assert {text for text, _chat, _number in fetch()} == {"0", "1"}
    assert {(chat, number) for _text, chat, number in fetch()} == {
        ("Carla", str(WahaSession.objects.get().name))
    }


def test_the_last_day_loads_only_what_it_shows() -> None:
    aged(make_chat())

    row = WahaMessage.objects.last_day().get()

    assert {"media_url", "extra", "error"} <= row.get_deferred_fields()


def test_old_messages_are_walked_by_key_in_chunks() -> None:
    chat = make_chat()
    old = [aged(chat, days=91 + number) for number in range(5)]
    aged(chat, days=89)

    with CaptureQueriesContext(connection) as queries:
        chunks = [
            [row.pk for row in chunk] for chunk in WahaMessage.objects.older_than(90).in_chunks(2)
        ]

    assert [len(chunk) for chunk in chunks] == [2, 2, 1]
    assert [pk for chunk in chunks for pk in chunk] == sorted(row.pk for row in old)
    assert len(queries) == 3
    assert not any("OFFSET" in query["sql"] for query in queries.captured_queries)


def test_rows_deleted_on_the_way_leave_out_no_other() -> None:
    chat = make_chat()
    for number in range(5):
        aged(chat, days=91 + number)

    for chunk in WahaMessage.objects.older_than(90).in_chunks(2):
        WahaMessage.objects.filter(pk__in=[row.pk for row in chunk]).delete()

    assert WahaMessage.objects.count() == 0


def test_selected_columns_are_all_that_is_read() -> None:
    aged(make_chat())

    with CaptureQueriesContext(connection) as queries:
        list(WahaMessage.objects.only("content", "created_at"))

    assert "media_url" not in queries.captured_queries[0]["sql"]
