"""Pinned chats: on top of the list, for everybody, in a handful of queries."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit.models import AuditLog
from tests.waha.inbox.conftest import HTMX, add_chat
from waha.inbox import pins
from waha.models import UpdateKind, WahaSession, WahaUpdate

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def pks(response: Any) -> list[int]:
    return [row.pk for row in response.context["rows"]]


def test_pinned_chats_stand_on_top_newest_first(
    desk: Client, number: WahaSession, second_number: WahaSession
) -> None:
    newest = add_chat(number, 1)
    older_pin, newer_pin = (
        add_chat(number, 90, pinned=True),
        add_chat(second_number, 80, pinned=True),
    )

    response = desk.get(reverse("inbox:list"))
    of_number = desk.get(reverse("inbox:list"), {"number": number.pk})

    assert pks(response) == [newer_pin.pk, older_pin.pk, newest.pk]
    assert pks(of_number) == [older_pin.pk, newest.pk]
    orders = [row.order for row in response.context["rows"]]
    assert orders == sorted(orders, reverse=True)


def test_later_pages_hold_no_pinned_chat(desk: Client, number: WahaSession) -> None:
    chats = [add_chat(number, index, pinned=index in {2, 50}) for index in range(64)]

    first = desk.get(reverse("inbox:list"))
    second = desk.get(reverse("inbox:row-list"), {"cursor": first.context["next_cursor"]})
    third = desk.get(reverse("inbox:row-list"), {"cursor": second.context["next_cursor"]})

    others = [chat.pk for chat in chats if not chat.pinned]
    assert pks(first) == [chats[2].pk, chats[50].pk, *others[:30]]
    assert (pks(second), pks(third)) == (others[30:60], others[60:])
    assert third.context["next_cursor"] == ""


def test_search_and_groups_hold_only_the_pinned_chats_that_match(
    desk: Client, number: WahaSession
) -> None:
    add_chat(number, 1, pinned=True, name="Unasked")
    group = add_chat(number, 2, pinned=True, kind="group", chat_id="1@g.us", name="Choir")

    by_name = desk.get(reverse("inbox:list"), {"q": "choir"})
    groups = desk.get(reverse("inbox:list"), {"tab": "groups"})

    assert (pks(by_name), pks(groups)) == ([group.pk], [group.pk])


@pytest.mark.usefixtures("known_access")
def test_list_queries_stay_the_same_with_pinned_chats(
    desk: Client, number: WahaSession, assert_same_queries: Callable[..., None]
) -> None:
    made = iter(range(100))

    def grow(n: int) -> None:
        for _ in range(n):
            index = next(made)
            add_chat(number, index, pinned=index % 3 == 0)

    assert_same_queries(lambda: desk.get(reverse("inbox:list")), grow, at_most=8)


def test_pin_is_seen_by_others_and_recorded(desk: Client, number: WahaSession, olga: User) -> None:
    add_chat(number, 1)
    chat = add_chat(number, 5)

    head = desk.post(reverse("inbox:chat-pin", args=[chat.pk]), headers=HTMX)

    chat.refresh_from_db()
    assert chat.pinned
    assert reverse("inbox:chat-unpin", args=[chat.pk]).encode() in head.content
    assert pks(desk.get(reverse("inbox:list")))[0] == chat.pk
    update = WahaUpdate.objects.get()
    assert (update.kind, update.chat_id, update.user_id) == (UpdateKind.CHAT, chat.pk, None)
    entry = AuditLog.objects.get(event="chat.pinned")
    assert (entry.object_id, entry.actor_id) == (chat.pk, olga.pk)


def test_unpin_puts_the_chat_back(desk: Client, number: WahaSession) -> None:
    first = add_chat(number, 1)
    chat = add_chat(number, 5, pinned=True)

    response = desk.post(reverse("inbox:chat-unpin", args=[chat.pk]))

    assert response["Location"] == reverse("inbox:chat", args=[chat.pk])
    assert pks(desk.get(reverse("inbox:list"))) == [first.pk, chat.pk]


def test_pin_again_changes_nothing(desk: Client, number: WahaSession) -> None:
    chat = add_chat(number, 5, pinned=True)

    desk.post(reverse("inbox:chat-pin", args=[chat.pk]))

    assert not WahaUpdate.objects.exists()


def test_pin_stops_at_the_most_with_a_sentence(
    desk: Client, number: WahaSession, second_number: WahaSession
) -> None:
    for index in range(pins.MOST):
        add_chat(number, index, pinned=True)
    chat, elsewhere = add_chat(number, 50), add_chat(second_number, 50)

    plain = desk.post(reverse("inbox:chat-pin", args=[chat.pk]))
    by_htmx = desk.post(reverse("inbox:chat-pin", args=[chat.pk]), headers=HTMX)
    desk.post(reverse("inbox:chat-pin", args=[elsewhere.pk]))

    chat.refresh_from_db()
    elsewhere.refresh_from_db()
    assert (chat.pinned, elsewhere.pinned) == (False, True)
    assert by_htmx["HX-Redirect"] == plain["Location"] == reverse("inbox:chat", args=[chat.pk])
    assert {str(notice) for notice in get_messages(plain.wsgi_request)} == {
        "A number has at most 20 pinned chats. Unpin another one first."
    }


def test_who_may_only_look_may_not_pin(
    sign_in: Callable[[str], Client], number: WahaSession, other_number: WahaSession
) -> None:
    chat, hidden = add_chat(number, 1), add_chat(other_number, 1)
    viewer = sign_in("vera")

    for action in ("inbox:chat-pin", "inbox:chat-unpin"):
        assert viewer.post(reverse(action, args=[chat.pk])).status_code == 403
        assert viewer.post(reverse(action, args=[hidden.pk])).status_code == 404
    page = viewer.get(reverse("inbox:chat", args=[chat.pk]))
    assert b"pin-button" not in page.content
