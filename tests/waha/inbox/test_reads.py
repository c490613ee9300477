"""Unread arithmetic, and the blue ticks that follow."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from tests.waha.inbox.conftest import HTMX, NOON, add_chat, add_incoming, add_message
from waha.gateway.client import Refused, Unavailable
from waha.inbox import reads, seen
from waha.models import ChatRead, UpdateKind, WahaChat, WahaSeen, WahaSession, WahaUpdate

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def unread(chat: WahaChat, user: User) -> int:
    return WahaChat.objects.with_unread(user).get(pk=chat.pk).unread


@pytest.fixture
def three_new(chat: WahaChat) -> list[Any]:
    """Three live messages that nobody has read."""
    return [add_incoming(chat, str(n), NOON + timedelta(minutes=n)) for n in range(3)]


def test_reading_moves_ones_own_place_and_the_floor(
    chat: WahaChat, users: dict[str, User], three_new: list[Any]
) -> None:
    before = [unread(chat, users[name]) for name in ("olga", "mia")]

    reads.mark_read(chat=chat, by=users["olga"])

    assert before == [3, 3]
    # Mia has no place of her own: she stands where the furthest reader stands.
    assert [unread(chat, users[name]) for name in ("olga", "mia")] == [0, 0]
    chat.refresh_from_db()
    assert chat.read_floor == 3


def test_reader_with_a_place_of_their_own_is_not_moved_by_others(
    chat: WahaChat, users: dict[str, User], three_new: list[Any]
) -> None:
    reads.mark_read(chat=chat, by=users["mia"], up_to=three_new[0])

    reads.mark_read(chat=chat, by=users["olga"])

    assert [unread(chat, users[name]) for name in ("olga", "mia")] == [0, 2]


def test_reading_up_to_a_message_leaves_the_newer_ones(
    chat: WahaChat, olga: User, three_new: list[Any]
) -> None:
    reads.mark_read(chat=chat, by=olga, up_to=three_new[1])

    assert unread(chat, olga) == 1


def test_reading_up_to_our_own_message_counts_what_lies_before_it(
    chat: WahaChat, olga: User, three_new: list[Any]
) -> None:
    ours = add_message(chat, "answer", NOON + timedelta(minutes=1, seconds=1), from_me=True)

    reads.mark_read(chat=chat, by=olga, up_to=ours)

    assert unread(chat, olga) == 1


def test_reading_never_goes_back(chat: WahaChat, olga: User, three_new: list[Any]) -> None:
    reads.mark_read(chat=chat, by=olga)

    reads.mark_read(chat=chat, by=olga, up_to=three_new[0])

    assert unread(chat, olga) == 0


def test_marking_unread_is_for_oneself(
    chat: WahaChat, users: dict[str, User], three_new: list[Any]
) -> None:
    for name in ("olga", "mia"):
        reads.mark_read(chat=chat, by=users[name])

    reads.mark_unread(chat=chat, by=users["olga"])

    assert [unread(chat, users[name]) for name in ("olga", "mia")] == [1, 0]


def test_marking_unread_works_where_nothing_came_live(chat: WahaChat, olga: User) -> None:
    reads.mark_unread(chat=chat, by=olga)
    marked = unread(chat, olga)

    reads.mark_read(chat=chat, by=olga)

    assert (marked, unread(chat, olga)) == (1, 0)


def test_reading_tells_everybody_once_and_then_only_oneself(
    chat: WahaChat, users: dict[str, User], three_new: list[Any]
) -> None:
    for name in ("olga", "mia", "mia"):
        reads.mark_read(chat=chat, by=users[name])
    reads.mark_unread(chat=chat, by=users["mia"])

    told = list(WahaUpdate.objects.values_list("kind", "chat_id", "user_id"))
    assert told == [
        (UpdateKind.CHAT, chat.pk, None),
        (UpdateKind.READ, chat.pk, users["mia"].pk),
    ]


def test_opening_a_chat_writes_nothing(desk: Client, chat: WahaChat, three_new: list[Any]) -> None:
    desk.get(reverse("inbox:chat", args=[chat.pk]))

    assert (ChatRead.objects.count(), WahaUpdate.objects.count()) == (0, 0)


def test_read_button_works_without_javascript(
    desk: Client, chat: WahaChat, olga: User, three_new: list[Any]
) -> None:
    page = desk.get(reverse("inbox:chat", args=[chat.pk]))

    response = desk.post(reverse("inbox:chat-read", args=[chat.pk]), {"up_to": ""})

    assert b"Mark read" in page.content
    assert (response.status_code, response["Location"]) == (302, f"/inbox/{chat.pk}/")
    assert unread(chat, olga) == 0


def test_read_answers_htmx_with_the_row_and_the_numbers(
    desk: Client, chat: WahaChat, three_new: list[Any]
) -> None:
    url = reverse("inbox:chat-read", args=[chat.pk])

    response = desk.post(url, {"up_to": three_new[1].pk}, headers=HTMX)

    assert response.templates[0].name == "waha/inbox/_live.html"
    assert [(row.pk, row.unread) for row in response.context["rows"]] == [(chat.pk, 1)]
    assert [number.unread for number in response.context["numbers"]] == [1]


def test_unread_button_leads_to_the_list(desk: Client, chat: WahaChat, olga: User) -> None:
    plain = desk.post(reverse("inbox:chat-unread", args=[chat.pk]))
    fragment = desk.post(reverse("inbox:chat-unread", args=[chat.pk]), headers=HTMX)

    assert plain["Location"] == reverse("inbox:list")
    assert [row.unread for row in fragment.context["rows"]] == [1]


class FakeWaha:
    """Notes what is shown as seen; `error` is raised instead."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []
        self.error: Exception | None = None

    def send_seen(self, session: str, chat_id: str) -> None:
        if self.error:
            raise self.error
        self.seen.append((session, chat_id))


@pytest.fixture
def waha(monkeypatch: pytest.MonkeyPatch) -> FakeWaha:
    fake = FakeWaha()
    monkeypatch.setattr(seen, "client_for", lambda _session: fake)
    return fake


@pytest.mark.parametrize(
    ("policy", "on_open", "on_reply"), [("open", 1, 1), ("reply", 0, 1), ("never", 0, 0)]
)
def test_blue_ticks_follow_the_numbers_policy(
    chat: WahaChat,
    number: WahaSession,
    olga: User,
    three_new: list[Any],
    waha: FakeWaha,
    run_hints: Callable[[], list[str]],
    policy: str,
    on_open: int,
    on_reply: int,
) -> None:
    WahaSession.objects.filter(pk=number.pk).update(seen_policy=policy)

    reads.mark_read(chat=chat, by=olga)
    run_hints()
    opened = len(waha.seen)
    reads.mark_read(chat=chat, by=olga, replied=True)
    run_hints()

    assert (opened, len(waha.seen)) == (on_open, on_reply)


def test_customer_is_told_once_whoever_reads(
    chat: WahaChat,
    users: dict[str, User],
    three_new: list[Any],
    waha: FakeWaha,
    run_hints: Callable[[], list[str]],
) -> None:
    for name in ("olga", "mia"):
        reads.mark_read(chat=chat, by=users[name])
        run_hints()

    assert waha.seen == [("support", chat.chat_id)]
    assert WahaSeen.objects.get().due_at is None


def test_ticks_that_fail_are_tried_again_and_let_go_in_the_end(
    chat: WahaChat, olga: User, three_new: list[Any], waha: FakeWaha
) -> None:
    reads.mark_read(chat=chat, by=olga)
    waha.error = Unavailable("away")

    for _ in range(seen.ATTEMPTS):
        WahaSeen.objects.update(due_at=timezone.now())
        seen.send_due()

    row = WahaSeen.objects.get()
    assert (row.due_at, row.told_seq) == (None, 3)


def test_ticks_wait_while_waha_is_away(
    chat: WahaChat, olga: User, three_new: list[Any], waha: FakeWaha
) -> None:
    reads.mark_read(chat=chat, by=olga)
    waha.error = Unavailable("away")

    seen.send_due()
    seen.send_due()
    waha.error = None
    WahaSeen.objects.update(due_at=timezone.now())
    seen.send_due()

    assert waha.seen == [("support", chat.chat_id)]


def test_refused_ticks_are_not_tried_again(
    chat: WahaChat, olga: User, three_new: list[Any], waha: FakeWaha
) -> None:
    reads.mark_read(chat=chat, by=olga)
    waha.error = Refused("no", status=422, code="unprocessable")

    seen.send_due()

    assert WahaSeen.objects.get().due_at is None


def test_unread_chats_are_those_with_unread_messages_whoever_read_what(
    number: WahaSession, users: dict[str, User]
) -> None:
    """The indexed way to the unread chats and the subtraction agree after any history."""
    dice = random.Random(7)
    chats = [add_chat(number, index) for index in range(6)]
    for _ in range(80):
        chat, who = dice.choice(chats), users[dice.choice(["olga", "mia", "vera"])]
        act = dice.randrange(4)
        if act < 2:
            add_incoming(chat, "new", NOON + timedelta(seconds=dice.randrange(1000)))
        elif act == 2:
            newest = chat.messages.order_by("?").first()
            reads.mark_read(chat=chat, by=who, up_to=dice.choice([None, newest]))
        else:
            reads.mark_unread(chat=chat, by=who)

        for user in users.values():
            exact = WahaChat.objects.with_unread(user).filter(unread__gt=0)
            found = WahaChat.objects.unread_by(user)
            assert {each.pk for each in found} == {each.pk for each in exact}
