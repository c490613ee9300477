"""The panel of a chat, labels and the archive in the list, starred and pinned messages."""

from collections.abc import Callable
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from crm.models import Contact, ContactIdentity, IdentityKind
from mercury.ui.faces import nearest_hue
from tests.waha.inbox.conftest import NOON, add_chat, add_message
from waha import labels
from waha.models import (
    MarkKind,
    WahaChat,
    WahaGroup,
    WahaGroupMember,
    WahaLabel,
    WahaLookup,
    WahaMark,
    WahaMessage,
    WahaSession,
)
from waha.outbound import marks
from waha.outbound.refusals import MessageRefused

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def group(number: WahaSession) -> WahaChat:
    """A group whose members are known."""
    chat = add_chat(number, 1, chat_id="12036301@g.us", kind="group", name="Course")
    WahaGroup.objects.create(chat=chat, members_at=NOON)
    return chat


def add_members(chat: WahaChat, count: int, **values: object) -> None:
    WahaGroupMember.objects.bulk_create(
        WahaGroupMember(chat=chat, address=f"{7000 + place}@lid", heard_at=NOON, **values)
        for place in range(count)
    )


def put_label(chat: WahaChat, name: str = "Lead", color: str = "#ff9485") -> WahaLabel:
    label, _made = WahaLabel.objects.get_or_create(
        session=chat.session, label_id=name, defaults={"name": name, "color": color}
    )
    labels.put(chat.pk, label, is_set=True, at=NOON)
    labels.show([chat.pk])
    return label


def mark(message: WahaMessage, kind: MarkKind, **values: object) -> None:
    WahaMark.objects.create(
        session_id=message.session_id, chat_id=message.chat_id, message_pk=message.pk, kind=kind,
        marked_at=values.pop("at", NOON), **values,
    )  # fmt: skip


def page(desk: Client, name: str, chat: WahaChat, **query: object) -> str:
    answer = desk.get(reverse(f"inbox:{name}", args=[chat.pk]), query)
    assert answer.status_code == 200
    return answer.content.decode()


def names_in_list(desk: Client, **query: object) -> list[str]:
    return [row.name for row in desk.get(reverse("inbox:list"), query).context["rows"]]


def test_members_are_named_by_what_is_known_and_never_by_a_lid(
    desk: Client, number: WahaSession, group: WahaChat
) -> None:
    ours = Contact.objects.create(name="Anna from the records")
    ContactIdentity.objects.create(contact=ours, kind=IdentityKind.PHONE, value="+447700900777")
    add_chat(number, 2, contact=ours)
    add_members(group, 1)
    WahaGroupMember.objects.create(
        chat=group, address="8001@lid", phone="447700900777@c.us", role="admin", heard_at=NOON
    )
    WahaGroupMember.objects.create(chat=group, address="8002@lid", heard_at=NOON)
    WahaGroup.objects.filter(chat=group).update(left_at=NOON)
    add_message(group, "hi", sender_id="8002@lid", sender_name="Writes here")

    shown = desk.get(reverse("inbox:chat-details", args=[group.pk])).context["members"]

    assert [(each.name, each.role) for each in shown.rows] == [
        ("Anna from the records", "admin"),
        ("Unknown number", "participant"),
        ("Writes here", "participant"),
    ]
    assert (shown.total, shown.has_left) == (3, True)
    assert "7000" not in shown.rows[1].name + shown.rows[1].phone


def test_group_of_a_thousand_is_paged(desk: Client, group: WahaChat) -> None:
    add_members(group, 1000)

    first = page(desk, "chat-details", group)
    last = page(desk, "member-list", group, start=990)

    assert (first.count('class="member"'), last.count('class="member"')) == (50, 10)
    assert ("?start=50" in first, "?start=" in last) == (True, False)


@pytest.mark.parametrize("start", ["-1", "x", "99999999", "٣"])
def test_odd_place_in_the_list_is_the_beginning(desk: Client, group: WahaChat, start: str) -> None:
    add_members(group, 3)

    assert page(desk, "member-list", group, start=start).count('class="member"') == 3


def test_panel_costs_the_same_however_many_members(
    desk: Client, group: WahaChat, assert_same_queries: Callable[..., None]
) -> None:
    def grow(count: int) -> None:
        have = WahaGroupMember.objects.count()
        WahaGroupMember.objects.bulk_create(
            WahaGroupMember(chat=group, address=f"{have + place}@lid", heard_at=NOON)
            for place in range(count)
        )

    fetch = reverse("inbox:chat-details", args=[group.pk])
    assert_same_queries(lambda: desk.get(fetch, headers=HTMX), grow, at_most=20)


def test_group_nobody_asked_for_is_asked_for_by_the_opened_panel_once_a_minute(
    desk: Client, number: WahaSession
) -> None:
    chat = add_chat(number, 1, chat_id="12036302@g.us", kind="group")
    ask = reverse("inbox:members-ask", args=[chat.pk])

    shown = page(desk, "chat-details", chat)
    assert (f'hx-post="{ask}" hx-trigger="load' in shown, WahaLookup.objects.count()) == (True, 0)
    for _time in range(2):
        desk.post(ask, headers=HTMX)
        WahaLookup.objects.update(due_at=None)

    row = WahaLookup.objects.get()
    assert (row.ref, row.due_at) == (chat.pk, None)


def test_group_whose_members_waha_does_not_tell_says_so_and_asks_no_more(
    desk: Client, number: WahaSession
) -> None:
    chat = add_chat(number, 1, chat_id="12036302@g.us", kind="group")
    WahaLookup.objects.create(
        session=number, kind="group", ref=chat.pk, due_at=None, last_error="WAHA cannot do this."
    )

    shown = page(desk, "chat-details", chat)

    assert ("did not tell" in shown, 'hx-trigger="load' in shown) == (True, False)


def test_members_say_of_when_they_are_and_can_be_asked_for_again(
    desk: Client, group: WahaChat
) -> None:
    ask = reverse("inbox:members-ask", args=[group.pk])
    add_members(group, 3)
    WahaGroup.objects.update_or_create(chat=group, defaults={"members_at": NOON})

    shown = page(desk, "chat-details", group)
    plain = desk.post(ask)

    assert ("As of" in shown, f'hx-post="{ask}"' in shown) == (True, True)
    assert (plain.status_code, WahaLookup.objects.get().ref) == (302, group.pk)


def test_person_under_a_private_id_is_explained(desk: Client, number: WahaSession) -> None:
    chat = add_chat(number, 1, chat_id="223344556677@lid", name="")

    shown = page(desk, "chat-details", chat)

    assert ("keeps this person" in shown, "223344556677" in shown) == (True, False)


@pytest.mark.parametrize(
    ("error", "said"), [("", "not known yet"), ("WAHA has a fault.", "without an answer")]
)
def test_panel_says_when_the_phone_behind_a_private_id_was_last_asked_for(
    desk: Client, number: WahaSession, error: str, said: str
) -> None:
    chat = add_chat(number, 1, chat_id="223344556677@lid", name="")
    row = WahaLookup.objects.create(session=number, kind="lid", ref=chat.pk)
    before = page(desk, "chat-details", chat)
    WahaLookup.objects.filter(pk=row.pk).update(answered_at=NOON, last_error=error)

    after = page(desk, "chat-details", chat)

    assert ("Last asked" in before, said in after) == (False, True)


def test_labels_stand_in_the_list_and_filter_it(desk: Client, number: WahaSession) -> None:
    chat, other = add_chat(number, 1), add_chat(number, 2)
    put_label(chat)

    listed = desk.get(reverse("inbox:list"))

    rows = {row.pk: row for row in listed.context["rows"]}
    assert [chip.name for chip in rows[chat.pk].labels] == ["Lead"]
    assert (rows[other.pk].labels, listed.context["has_labels"]) == ([], True)
    assert names_in_list(desk, label="Lead") == [chat.name]
    assert names_in_list(desk, label="None such") == []


def test_list_costs_the_same_with_labels(
    desk: Client, number: WahaSession, assert_same_queries: Callable[..., None]
) -> None:
    def grow(count: int) -> None:
        for _time in range(count):
            put_label(add_chat(number, WahaChat.objects.count()))

    assert_same_queries(lambda: desk.get(reverse("inbox:list")), grow, at_most=8)
    query = {"label": "Lead"}
    assert_same_queries(lambda: desk.get(reverse("inbox:list"), query), grow, at_most=8)


def test_labels_to_choose_from_are_those_of_visible_numbers(
    desk: Client, number: WahaSession, other_number: WahaSession
) -> None:
    put_label(add_chat(number, 1))
    put_label(add_chat(other_number, 2), "Board")

    answer = desk.get(reverse("inbox:label-list"), headers=HTMX)

    assert [chip.name for chip in answer.context["labels"]] == ["Lead"]
    assert names_in_list(desk, label="Board") == []


def test_labels_of_another_number_cannot_be_put_on(
    desk: Client, number: WahaSession, other_number: WahaSession
) -> None:
    chat, foreign = add_chat(number, 1), put_label(add_chat(other_number, 2), "Board")
    own = put_label(add_chat(number, 3))

    with patch("waha.outbound.chat_marks.set_labels") as asked:
        desk.post(
            reverse("inbox:chat-labels", args=[chat.pk]), {"label": [foreign.pk, own.pk, "x"]}
        )

    assert asked.call_args.kwargs["labels"] == [own]


def test_refused_label_is_said_in_the_panel(desk: Client, number: WahaSession) -> None:
    chat = add_chat(number, 1)
    label = put_label(add_chat(number, 2))
    refused = MessageRefused("Not now.")

    with patch("waha.outbound.chat_marks.set_labels", side_effect=refused):
        url = reverse("inbox:chat-labels", args=[chat.pk])
        answer = desk.post(url, {"label": label.pk}, headers=HTMX)

    assert 'role="alert">Not now.' in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["Customer 1"]),
        ({"tab": "archived"}, ["Put away"]),
        ({"q": "away"}, ["Put away"]),
        ({"tab": "unread"}, ["Put away"]),
        ({"label": "Lead"}, ["Put away"]),
    ],
)
def test_archived_chats_have_a_tab_and_are_found(
    desk: Client, number: WahaSession, query: dict[str, str], found: list[str]
) -> None:
    add_chat(number, 1)
    put_label(add_chat(number, 2, name="Put away", archived_at=NOON, in_seq=1))

    assert names_in_list(desk, **query) == found


def test_starred_messages_are_found_the_newest_star_first(
    desk: Client, number: WahaSession
) -> None:
    chat = add_chat(number, 1)
    first, second = add_message(chat, "one"), add_message(chat, "two", NOON + timedelta(hours=1))
    gone = add_message(chat, "three", NOON + timedelta(hours=2), revoked_at=NOON)
    mark(second, MarkKind.STAR, at=NOON)
    mark(first, MarkKind.STAR, at=NOON + timedelta(minutes=1))
    mark(gone, MarkKind.STAR, at=NOON + timedelta(minutes=2))

    starred = desk.get(reverse("inbox:starred-list", args=[chat.pk])).context["messages"]
    thread = desk.get(reverse("inbox:chat", args=[chat.pk])).context["messages"]

    assert [each.content for each in starred] == ["one", "two"]
    assert [each.starred for each in thread if not each.revoked] == [True, True]


def test_thread_costs_the_same_however_many_stars(
    desk: Client, number: WahaSession, assert_same_queries: Callable[..., None]
) -> None:
    chat = add_chat(number, 1)

    def grow(count: int) -> None:
        for _time in range(count):
            mark(add_message(chat, "more"), MarkKind.STAR)

    assert_same_queries(lambda: desk.get(chat.get_absolute_url()), grow, at_most=10)
    url = reverse("inbox:starred-list", args=[chat.pk])
    assert_same_queries(lambda: desk.get(url, headers=HTMX), grow, at_most=10)


def test_pinned_messages_stand_over_the_thread_until_they_run_out(
    desk: Client, number: WahaSession
) -> None:
    chat = add_chat(number, 1)
    mark(add_message(chat, "still"), MarkKind.PIN, until=timezone.now() + timedelta(days=1))
    mark(add_message(chat, "over"), MarkKind.PIN, until=timezone.now() - timedelta(days=1))

    shown = page(desk, "pinned-list", chat)

    assert ("still" in shown, "over" in shown) == (True, False)


@pytest.mark.parametrize(("days", "asked"), [("7", 7), ("0", None), ("x", 0)])
def test_pin_buttons_ask_for_their_days(
    desk: Client, olga: User, number: WahaSession, days: str, asked: int | None
) -> None:
    message = add_message(add_chat(number, 1), "pin me")
    url = reverse("inbox:message-pin", args=[message.chat_id, message.pk])

    with patch.object(marks, "pin") as pin, patch.object(marks, "unpin") as unpin:
        answer = desk.post(url, {"days": days}, headers=HTMX)

    assert answer.headers["HX-Trigger"] == "pins"
    if asked is None:
        assert (pin.called, unpin.call_count) == (False, 1)
    else:
        assert (pin.call_args.kwargs["days"], unpin.called) == (asked, False)


@pytest.mark.parametrize(
    ("color", "hue"),
    [("#ff9485", 2), ("#64c4ff", 6), ("#888888", None), ("", None), ("red", None)],
)
def test_foreign_colours_are_shown_in_our_tones(color: str, hue: int | None) -> None:
    assert nearest_hue(color) == hue
