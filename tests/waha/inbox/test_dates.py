"""Opening a chat at a day, and reading on from there in both directions."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from tests.waha.inbox.conftest import HTMX, NOON, add_message
from waha.inbox import dates, history, pages
from waha.models import WahaChat

pytestmark = [pytest.mark.django_db, pytest.mark.core]

DAYS, A_DAY = 12, 10


def write_days(chat: WahaChat) -> None:
    """Ten messages on each of twelve days, the last of them NOON's."""
    for index in range(DAYS * A_DAY):
        day, minute = divmod(index, A_DAY)
        add_message(chat, str(index), NOON - timedelta(days=DAYS - 1 - day) + timedelta(0, minute))


def day(index: int) -> str:
    return f"{NOON - timedelta(days=DAYS - 1 - index):%Y-%m-%d}"


def texts(response: Any) -> list[int]:
    return [int(bubble.content) for bubble in response.context["messages"]]


def test_a_day_opens_the_chat_there_with_the_rest_around_it(desk: Client, chat: WahaChat) -> None:
    write_days(chat)
    url = reverse("inbox:chat", args=[chat.pk])

    page = desk.get(url, {"date": day(3)})
    older = desk.get(url, {"before": page.context["older_cursor"]})
    newer = desk.get(url, {"from": page.context["newer_cursor"]})

    assert texts(page) == list(range(30, 80))
    assert texts(older) == list(range(30))
    assert texts(newer) == list(range(80, 120))
    ends = [each.context["at_end"] for each in (page, older, newer)]
    assert ends == [False, False, True]


def test_pages_towards_the_newest_end_where_the_live_view_goes_on(
    desk: Client, chat: WahaChat
) -> None:
    write_days(chat)
    page = desk.get(reverse("inbox:chat", args=[chat.pk]), {"date": day(3)}, headers=HTMX)
    url = reverse("inbox:message-list", args=[chat.pk])

    last = desk.get(url, {"from": page.context["newer_cursor"]}, headers=HTMX)
    none = desk.get(url, {"from": last.context["newest_cursor"]}, headers=HTMX)

    assert texts(last) == list(range(80, 120))
    assert (last.context["older_cursor"], last.context["caught_up"]) == ("", True)
    assert texts(none) == []
    assert none.context["newest_cursor"] == last.context["newest_cursor"]


def test_first_day_has_nothing_older(desk: Client, chat: WahaChat) -> None:
    write_days(chat)

    page = desk.get(reverse("inbox:chat", args=[chat.pk]), {"date": "2009-01-01"})

    assert texts(page) == list(range(50))
    assert page.context["older_cursor"] == ""


def test_a_cursor_between_messages_of_one_second_still_leads_back(
    desk: Client, chat: WahaChat
) -> None:
    for index in range(60):
        add_message(chat, str(index), NOON)
    url = reverse("inbox:chat", args=[chat.pk])
    first = desk.get(url, {"date": "2009-01-01"})

    second = desk.get(url, {"from": first.context["newer_cursor"]})
    back = desk.get(url, {"before": second.context["older_cursor"]})

    assert texts(second) == list(range(50, 60))
    assert texts(back) == list(range(50))


@pytest.mark.parametrize("text", ["", "x", "2026-02-30", "0001-01-01", "9999-12-31", "٢٠٢٦-01-01"])
def test_what_is_no_day_or_after_the_last_opens_the_newest(
    desk: Client, chat: WahaChat, text: str
) -> None:
    add_message(chat, "7", NOON)

    page = desk.get(reverse("inbox:chat", args=[chat.pk]), {"date": text})

    assert (texts(page), page.context["at_end"]) == ([7], True)


def test_a_day_begins_at_the_readers_midnight() -> None:
    with timezone.override("America/New_York"):
        cursor = dates.start(QueryDict("date=2026-07-01"))

    assert cursor is not None
    assert cursor.at == datetime.fromisoformat("2026-07-01T04:00:00+00:00")


def test_newest_page_is_the_same_whether_two_months_suffice_or_not(
    users: dict[str, User], chat: WahaChat
) -> None:
    for index in range(70):
        add_message(chat, str(index), NOON - timedelta(days=3 * (70 - index)))
    WahaChat.objects.filter(pk=chat.pk).update(in_seq=70, last_message_at=NOON)
    opened = pages.one_chat(users["olga"], chat.pk)

    found = [
        [row.content for row in history.before(users["olga"], opened, None, size).rows]
        for size in (5, 50)
    ]

    whole = [str(index) for index in range(69, -1, -1)]
    assert found == [whole[:5], whole[:50]]
