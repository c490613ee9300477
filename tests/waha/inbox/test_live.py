"""What keeps open pages true: changed pieces and the poll."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from mercury.db.keyset import Cursor
from tests.waha.inbox.conftest import NOON, add_chat, add_incoming, add_message
from waha import updates
from waha.inbox.cursors import LiveCursor
from waha.models import UpdateKind, WahaChat, WahaSession, WahaUpdate

pytestmark = [pytest.mark.django_db, pytest.mark.core]

LIVE = "/inbox/live/"


def test_live_gives_changed_rows_and_says_which_are_gone(
    desk: Client, number: WahaSession, other_number: WahaSession
) -> None:
    mine, foreign = add_chat(number, 1), add_chat(other_number, 2, name="Hidden")
    nobody = foreign.pk + 1

    response = desk.get(LIVE, {"chats": f"{mine.pk},{foreign.pk},{nobody},x"})

    assert [row.pk for row in response.context["rows"]] == [mine.pk]
    assert response.context["gone_chats"] == [foreign.pk, nobody]
    assert b"Hidden" not in response.content


def test_live_leaves_out_rows_that_the_filters_do_not_show(
    desk: Client, number: WahaSession
) -> None:
    read, unread = add_chat(number, 1), add_chat(number, 2, in_seq=1)

    response = desk.get(LIVE, {"chats": f"{read.pk},{unread.pk}", "tab": "unread"})

    assert [row.pk for row in response.context["rows"]] == [unread.pk]
    assert response.context["gone_chats"] == [read.pk]


def test_live_gives_newer_and_changed_bubbles_of_the_open_chat(
    desk: Client, chat: WahaChat, number: WahaSession
) -> None:
    old = add_message(chat, "old", NOON)
    shown = add_message(chat, "shown", NOON + timedelta(minutes=1))
    new = add_message(chat, "new", NOON + timedelta(minutes=2))
    elsewhere = add_message(add_chat(number, 1), "elsewhere", NOON + timedelta(minutes=3))
    asked = {
        "open": chat.pk,
        "after": str(Cursor(shown.created_at, shown.pk)),
        "messages": f"{old.pk},{elsewhere.pk}",
    }

    context = desk.get(LIVE, asked).context

    assert [bubble.content for bubble in context["messages"]] == ["old", "new"]
    assert context["gone_messages"] == [elsewhere.pk]
    assert Cursor.parse(context["newest_cursor"]) == Cursor(new.created_at, new.pk)


def test_live_gives_a_message_that_came_late_by_its_own_time(desk: Client, chat: WahaChat) -> None:
    """WhatsApp's whole seconds may put a new message above an answer that is already shown."""
    now = timezone.now()
    add_message(chat, "long ago", now - timedelta(hours=1), stored_at=now - timedelta(hours=1))
    ours = add_message(chat, "ours", now, from_me=True, stored_at=now - timedelta(seconds=1))
    add_message(chat, "late", now - timedelta(seconds=5), stored_at=now + timedelta(seconds=2))

    asked = {"open": chat.pk, "after": str(Cursor(ours.created_at, ours.pk))}
    context = desk.get(LIVE, asked).context

    assert [bubble.content for bubble in context["messages"]] == ["late"]
    assert Cursor.parse(context["newest_cursor"]) == Cursor(ours.created_at, ours.pk)


def test_live_of_an_empty_chat_gives_its_first_message(desk: Client, chat: WahaChat) -> None:
    newest = desk.get(reverse("inbox:chat", args=[chat.pk])).context["newest_cursor"]
    add_message(chat, "first")

    context = desk.get(LIVE, {"open": chat.pk, "after": newest}).context

    assert [bubble.content for bubble in context["messages"]] == ["first"]


def test_live_of_an_invisible_chat_gives_nothing_of_it(
    sign_in: Callable[[str], Client], chat: WahaChat
) -> None:
    message = add_message(chat, "the secret text")
    asked = {"open": chat.pk, "messages": message.pk, "after": "", "chats": chat.pk}

    response = sign_in("sam").get(LIVE, asked)

    assert response.context["chat"] is None
    assert response.context["gone_chats"] == [chat.pk]
    assert b"the secret text" not in response.content


@pytest.mark.usefixtures("known_access")
def test_live_queries_do_not_grow(
    desk: Client, number: WahaSession, chat: WahaChat, assert_same_queries: Callable[..., None]
) -> None:
    made = iter(range(100))
    asked: list[str] = []

    def grow(n: int) -> None:
        for _ in range(n):
            asked.append(str(add_chat(number, next(made)).pk))
            add_message(chat, "text")

    def fetch() -> object:
        return desk.get(
            LIVE, {"chats": ",".join(asked), "open": chat.pk, "after": str(Cursor(NOON, 0))}
        )

    assert_same_queries(fetch, grow, at_most=8)


def cursor_now() -> str:
    return str(LiveCursor.now(0))


def poll(client: Client, after: str) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(reverse("events:poll"), {"after": after}).json()
    return answer


def test_poll_tells_what_concerns_the_user(
    desk: Client, users: dict[str, User], chat: WahaChat, other_number: WahaSession
) -> None:
    updates.record(UpdateKind.MESSAGE, chat.session_id, chat.pk, 2**60, incoming=True)
    updates.record(UpdateKind.MESSAGE, other_number.pk, 77, 78)
    updates.record(UpdateKind.READ, chat.session_id, chat.pk, user_id=users["mia"].pk)
    updates.record(UpdateKind.READ, chat.session_id, chat.pk, user_id=users["olga"].pk)
    updates.access_changed([users["mia"].pk])
    updates.access_changed([users["olga"].pk])

    answer = poll(desk, cursor_now())

    told = [(event["kind"], event["message"], event.get("in")) for event in answer["events"]]
    assert told == [
        ("message.new", str(2**60), True),
        ("read.changed", None, None),
        ("access.changed", None, None),
    ]
    assert answer["reset"] is False


def test_poll_tells_the_last_seconds_again_so_that_late_commits_are_heard(
    desk: Client, chat: WahaChat
) -> None:
    """An id given before another, committed after it, must not be skipped."""
    early, late = 1001, 1000
    WahaUpdate.objects.create(
        pk=early, kind=UpdateKind.CHAT, session_id=chat.session_id, chat_id=chat.pk
    )
    first = poll(desk, cursor_now())
    WahaUpdate.objects.create(
        pk=late, kind=UpdateKind.CHAT, session_id=chat.session_id, chat_id=chat.pk
    )

    second = poll(desk, first["cursor"])

    assert [event["id"] for event in first["events"]] == ["1001"]
    assert [event["id"] for event in second["events"]] == ["1000", "1001"]


def test_poll_moves_on_past_what_is_settled(
    desk: Client, chat: WahaChat, other_number: WahaSession
) -> None:
    updates.record(UpdateKind.CHAT, chat.session_id, chat.pk)
    updates.record(UpdateKind.CHAT, other_number.pk, 77)
    WahaUpdate.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    first = poll(desk, cursor_now())

    second = poll(desk, first["cursor"])

    assert [event["chat"] for event in first["events"]] == [chat.pk]
    assert second["events"] == []
    newest = WahaUpdate.objects.order_by("-pk").values_list("pk", flat=True)[0]
    parsed = LiveCursor.parse(first["cursor"])
    assert parsed is not None
    assert parsed.update_id == newest


@pytest.mark.parametrize("after", ["", "nonsense", "1-0_1"])
def test_poll_from_an_unknown_or_old_place_starts_anew(desk: Client, after: str) -> None:
    answer = poll(desk, after)

    assert (answer["events"], answer["reset"]) == ([], True)
    assert LiveCursor.parse(answer["cursor"]) is not None


def test_poll_starts_anew_when_too_much_happened(desk: Client, chat: WahaChat) -> None:
    rows = [
        WahaUpdate(kind=UpdateKind.CHAT, session_id=chat.session_id, chat_id=chat.pk)
        for _ in range(501)
    ]
    updates.record_many(rows)

    answer = poll(desk, cursor_now())

    assert (answer["events"], answer["reset"]) == ([], True)


def test_poll_costs_four_queries(desk: Client, chat: WahaChat) -> None:
    updates.record(UpdateKind.CHAT, chat.session_id, chat.pk)
    after = cursor_now()

    with CaptureQueriesContext(connection) as captured:
        poll(desk, after)

    assert len(captured) == 4


def test_page_hands_out_the_place_at_which_it_was_read(desk: Client, chat: WahaChat) -> None:
    page = desk.get(reverse("inbox:list"))
    updates.record(UpdateKind.CHAT, chat.session_id, chat.pk)

    answer = poll(desk, page.context["live_cursor"])

    assert [event["kind"] for event in answer["events"]] == ["chat.changed"]


def test_token_without_redis_sends_the_page_to_the_poll(
    desk: Client, chat: WahaChat, settings: Any
) -> None:
    settings.REDIS_URL = ""

    answer = desk.get(reverse("events:token")).json()

    assert (answer["token"], answer["url"]) == ("", "")
    assert LiveCursor.parse(answer["cursor"]) is not None


def test_incoming_message_shows_up_in_row_thread_and_number(desk: Client, chat: WahaChat) -> None:
    add_incoming(chat, "Hi")
    updates.record(UpdateKind.MESSAGE, chat.session_id, chat.pk, 5, incoming=True)

    context = desk.get(LIVE, {"chats": chat.pk, "open": chat.pk, "after": ""}).context

    assert [row.unread for row in context["rows"]] == [1]
    assert (context["unread_total"], context["chat"].unread) == (1, 1)


def test_many_updates_hint_the_relay_once(
    chat: WahaChat,
    settings: Any,
    hints: list[str],
    run_hints: Callable[[], list[str]],
    django_capture_on_commit_callbacks: Any,
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    with django_capture_on_commit_callbacks() as hooks:
        for _ in range(3):
            updates.record(UpdateKind.CHAT, chat.session_id, chat.pk)

    assert len(hooks) == 1
