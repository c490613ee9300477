"""The inbox's pages: what they show, to whom, and at what cost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.waha.inbox.conftest import HTMX, NOON, add_chat, add_incoming, add_message
from waha.models import WahaChat, WahaReaction, WahaSession, whereabouts

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def pks(response: Any) -> list[int]:
    return [row.pk for row in response.context["rows"]]


def texts(response: Any) -> list[str]:
    return [bubble.content for bubble in response.context["messages"]]


def test_list_shows_chats_of_shared_numbers_newest_first(
    desk: Client, number: WahaSession, second_number: WahaSession, other_number: WahaSession
) -> None:
    old, new = add_chat(number, 5), add_chat(second_number, 1)
    middle = add_chat(number, 3)
    add_chat(other_number, 0, name="Hidden customer")

    response = desk.get(reverse("inbox:list"))

    assert pks(response) == [new.pk, middle.pk, old.pk]
    assert b"Hidden customer" not in response.content
    assert b"Board room" not in response.content


@pytest.mark.usefixtures("known_access")
def test_list_queries_stay_eight_whatever_its_length(
    desk: Client,
    number: WahaSession,
    second_number: WahaSession,
    assert_same_queries: Callable[..., None],
) -> None:
    made = iter(range(100))

    def grow(n: int) -> None:
        for _ in range(n):
            index = next(made)
            add_chat(number if index % 2 else second_number, index, in_seq=index % 3)

    assert_same_queries(lambda: desk.get(reverse("inbox:list")), grow, at_most=8)
    assert_same_queries(lambda: desk.get(reverse("inbox:list") + "?tab=unread"), grow, at_most=8)


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.usefixtures("known_access")
def test_chat_queries_stay_eight_whatever_its_length(
    desk: Client,
    number: WahaSession,
    second_number: WahaSession,
    olga: User,
    assert_same_queries: Callable[..., None],
    deep: bool,
) -> None:
    chat = add_chat(number, 1)
    for index in range(60 if deep else 0):
        add_message(chat, f"newer {index}", NOON + timedelta(days=1, minutes=index))
    made = iter(range(100))

    def grow(n: int) -> None:
        for _ in range(n):
            index = next(made)
            add_chat(second_number, index + 2)
            message = add_message(
                chat,
                f"text {index}",
                NOON + timedelta(minutes=index),
                type="image" if index % 2 == 0 else "text",
                sent_by=olga if index % 3 else None,
                from_me=bool(index % 3),
            )
            WahaReaction.objects.create(
                session=number,
                message_pk=message.pk,
                sender_id="1@c.us",
                emoji="👍",
                reacted_at=NOON,
            )

    url = reverse("inbox:chat", args=[chat.pk])
    grow(1)
    if deep:
        url += f"?before={desk.get(url).context['older_cursor']}"

    def fetch() -> object:
        whereabouts.forget()  # the worst case: nobody has asked for the archived months lately
        return desk.get(url)

    assert_same_queries(fetch, grow, at_most=8)


def test_tabs_show_unread_and_groups(desk: Client, number: WahaSession) -> None:
    add_chat(number, 1)
    unread = add_chat(number, 2, in_seq=4, read_floor=3)
    group = add_chat(number, 3, kind="group", chat_id="1@g.us")

    unread_tab = desk.get(reverse("inbox:list") + "?tab=unread")
    groups_tab = desk.get(reverse("inbox:list") + "?tab=groups")

    assert (pks(unread_tab), pks(groups_tab)) == ([unread.pk], [group.pk])
    assert unread_tab.context["filters"].query == "tab=unread"


def test_number_filter_shows_that_number_alone(
    desk: Client, number: WahaSession, second_number: WahaSession, other_number: WahaSession
) -> None:
    add_chat(number, 1)
    sales = add_chat(second_number, 2)
    add_chat(other_number, 0)

    response = desk.get(reverse("inbox:list"), {"number": second_number.pk})
    foreign = desk.get(reverse("inbox:list"), {"number": other_number.pk})

    assert pks(response) == [sales.pk]
    assert (len(pks(foreign)), foreign.context["filters"].number) == (2, None)


def test_search_finds_names_and_phones(desk: Client, number: WahaSession) -> None:
    carla = add_chat(number, 1, name="Carla Stein")
    phone = add_chat(number, 2, name="", chat_id="447700900555@c.us")

    by_name = desk.get(reverse("inbox:list"), {"q": "stein"})
    by_phone = desk.get(reverse("inbox:list"), {"q": "+44 7700 900555"})
    nothing = desk.get(reverse("inbox:list"), {"q": "nobody"})

    assert (pks(by_name), pks(by_phone), pks(nothing)) == ([carla.pk], [phone.pk], [])
    assert by_phone.context["rows"][0].name == "+44 7700 900555"


def test_pages_of_the_list_miss_nothing_over_equal_times(
    desk: Client, number: WahaSession, second_number: WahaSession
) -> None:
    chats = [
        add_chat(number if index % 3 else second_number, index, last_message_at=NOON)
        for index in range(75)
    ]

    seen, cursor = [], ""
    for _ in range(3):
        response = desk.get(reverse("inbox:row-list"), {"cursor": cursor})
        seen += pks(response)
        cursor = response.context["next_cursor"]

    assert seen == sorted((chat.pk for chat in chats), reverse=True)
    assert cursor == ""


def test_pages_of_a_thread_miss_nothing_over_equal_times(desk: Client, chat: WahaChat) -> None:
    for index in range(120):
        add_message(chat, str(index), NOON + timedelta(minutes=index // 40))

    first = desk.get(reverse("inbox:chat", args=[chat.pk]))
    second = older(desk, chat, first)
    third = older(desk, chat, second)

    assert texts(third) + texts(second) + texts(first) == [str(index) for index in range(120)]
    assert third.context["older_cursor"] == ""


def older(desk: Client, chat: WahaChat, page: Any) -> Any:
    url = reverse("inbox:message-list", args=[chat.pk])
    return desk.get(url, {"before": page.context["older_cursor"]}, headers=HTMX)


def test_older_messages_are_reached_without_javascript(desk: Client, chat: WahaChat) -> None:
    for index in range(60):
        add_message(chat, str(index), NOON + timedelta(minutes=index))
    url = reverse("inbox:chat", args=[chat.pk])
    first = desk.get(url)

    page = desk.get(url, {"before": first.context["older_cursor"]})

    assert texts(page) == [str(index) for index in range(10)]
    assert page.context["at_end"] is False
    assert first.context["at_end"] is True


def test_thread_draws_days_runs_and_the_unread_line(desk: Client, chat: WahaChat) -> None:
    add_message(chat, "read", NOON - timedelta(days=1))
    add_message(chat, "ours", NOON, from_me=True)
    WahaChat.objects.filter(pk=chat.pk).update(in_seq=3, read_floor=3)
    add_incoming(chat, "first new", NOON + timedelta(minutes=1))
    add_incoming(chat, "second new", NOON + timedelta(minutes=2))

    response = desk.get(reverse("inbox:chat", args=[chat.pk]))

    drawn = [
        (bubble.content, bubble.show_day, bubble.starts_run, bubble.unread_line)
        for bubble in response.context["messages"]
    ]
    assert drawn == [
        ("read", True, True, 0),
        ("ours", True, True, 0),
        ("first new", False, True, 2),
        ("second new", False, False, 0),
    ]


def test_bubbles_show_quotes_reactions_and_cards(
    desk: Client, chat: WahaChat, number: WahaSession
) -> None:
    first = add_message(chat, "When is the course?", NOON, message_id="AAA")
    add_message(
        chat,
        "On Monday",
        NOON + timedelta(minutes=1),
        from_me=True,
        reply_to_message_id="AAA",
        extra={"quote": {"sender": chat.chat_id, "type": "text", "text": "When", "from_me": False}},
    )
    add_message(
        chat,
        "",
        NOON + timedelta(minutes=2),
        type="contact",
        extra={"contacts": [{"name": "Ben", "phones": [{"number": "+49 30 1", "wa": None}]}]},
    )
    for sender, emoji in (("1@c.us", "👍"), ("447700900124@c.us", "👍"), ("me", "🎉")):
        WahaReaction.objects.create(
            session=number, message_pk=first.pk, sender_id=sender, emoji=emoji, reacted_at=NOON,
            from_me=sender == "me",
        )  # fmt: skip

    response = desk.get(reverse("inbox:chat", args=[chat.pk]))

    question, answer, card = response.context["messages"]
    assert (answer.quote.pk, answer.quote.author, answer.quote.text) == (
        first.pk, "Carla", "When is the course?",
    )  # fmt: skip
    assert [(emoji, count) for emoji, count, _ in question.reactions] == [("👍", 2), ("🎉", 1)]
    assert card.contacts == [("Ben", ["+49 30 1"])]


def test_chat_page_holds_the_fragment_that_htmx_gets(desk: Client, chat: WahaChat) -> None:
    add_message(chat, "Hello *there*")
    url = reverse("inbox:chat", args=[chat.pk])

    page, fragment = desk.get(url), desk.get(url, headers=HTMX)

    assert page.templates[0].name == "waha/inbox/chat.html"
    assert fragment.templates[0].name == "waha/inbox/_thread.html"
    assert texts(page) == texts(fragment) == ["Hello *there*"]
    assert b"<html" not in fragment.content


def test_list_fragment_holds_chats_and_numbers(desk: Client, chat: WahaChat) -> None:
    response = desk.get(reverse("inbox:list"), headers=HTMX)

    assert response.templates[0].name == "waha/inbox/_list.html"
    assert pks(response) == [chat.pk]
    assert b"<html" not in response.content


def test_inbox_without_numbers_says_whom_to_ask(sign_in: Callable[[str], Client]) -> None:
    response = sign_in("sam").get(reverse("inbox:list"))

    assert response.context["numbers"] == []
    assert b"No number is shared with you" in response.content


@pytest.mark.parametrize("status", ["scan_qr", "failed", "stopped"])
def test_composer_says_why_it_is_closed(
    desk: Client, chat: WahaChat, number: WahaSession, status: str
) -> None:
    WahaSession.objects.filter(pk=number.pk).update(status=status)

    opened = desk.get(reverse("inbox:chat", args=[chat.pk])).context["chat"]

    assert opened.can_reply is False
    assert opened.closed_reason != ""


@pytest.mark.parametrize("status", ["scan_qr", "failed", "stopped"])
def test_closed_composer_leads_who_manages_and_tells_others_whom_to_ask(
    sign_in: Callable[[str], Client], chat: WahaChat, number: WahaSession, status: str
) -> None:
    WahaSession.objects.filter(pk=number.pk).update(status=status)
    url = reverse("inbox:chat", args=[chat.pk])

    manager = sign_in("mia").get(url)
    agent = sign_in("olga").get(url)
    viewer = sign_in("vera").get(url)

    page = reverse("numbers:detail", args=[number.pk])
    assert manager.context["chat"].closed_action_url == page
    assert f'href="{page}">Connect it</a>'.encode() in manager.content
    assert manager.context["chat"].closed_reason in agent.context["chat"].closed_reason
    assert agent.context["chat"].closed_reason.endswith(" Ask Otto to do so.")
    assert agent.context["chat"].closed_action_url == ""
    assert viewer.context["chat"].closed_reason == (
        "You may read this number but not answer on it. Ask Otto to let you."
    )


def test_closed_channel_asks_nobody_to_connect(desk: Client, number: WahaSession) -> None:
    WahaSession.objects.filter(pk=number.pk).update(status="failed")
    channel = add_chat(number, 1, kind="channel", chat_id="1@newsletter")

    opened = desk.get(reverse("inbox:chat", args=[channel.pk])).context["chat"]

    assert opened.closed_reason == "WhatsApp lets nobody answer here."


def test_group_names_who_wrote_last(desk: Client, number: WahaSession) -> None:
    group = add_chat(number, 1, kind="group", chat_id="1@g.us", name="Choir")
    for index, name in enumerate(["Ana", "Ben", "Ana", ""]):
        add_message(
            group, f"text {index}", NOON + timedelta(minutes=index),
            sender_id="4915200000007@c.us" if not name else f"{name}@lid", sender_name=name,
        )  # fmt: skip
    add_message(group, "ours", NOON + timedelta(minutes=9), from_me=True)

    opened = desk.get(reverse("inbox:chat", args=[group.pk])).context["chat"]

    assert opened.subtitle == "+49 1520 0000007, Ana, Ben"


def test_unread_counts_chats_per_number(
    desk: Client, number: WahaSession, second_number: WahaSession
) -> None:
    add_chat(number, 1, in_seq=5, read_floor=2)
    add_chat(number, 2, in_seq=1)
    add_chat(number, 3, in_seq=2, read_floor=2)
    add_chat(second_number, 4, in_seq=7)

    context = desk.get(reverse("inbox:list")).context

    assert {each.name: each.unread for each in context["numbers"]} == {"Support": 2, "Sales": 1}
    assert context["unread_total"] == 3


GETS = ["inbox:chat", "inbox:message-list"]
POSTS = ["inbox:chat-read", "inbox:chat-unread", "inbox:message-send"]


@pytest.mark.parametrize("name", [*GETS, *POSTS])
def test_chats_are_hidden_from_strangers(
    sign_in: Callable[[str], Client], chat: WahaChat, name: str
) -> None:
    add_message(chat, "the secret text")
    stranger = sign_in("sam")
    url = reverse(name, args=[chat.pk])

    response = stranger.get(url) if name in GETS else stranger.post(url, {"text": "hello"})

    assert response.status_code == 404
    assert b"the secret text" not in response.content
    assert b"Carla" not in response.content
