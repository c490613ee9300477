"""Calls stand in their chat's thread, at their time among the messages."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from mercury.db.keyset import Cursor
from tests.factories import make_call
from tests.waha.inbox.conftest import HTMX, NOON, add_chat, add_incoming, add_message
from waha.inbox import events, threads
from waha.inbox.call_entries import CallEntry
from waha.models import (
    ArchiveState,
    CallType,
    UpdateKind,
    WahaArchiveMonth,
    WahaCall,
    WahaChat,
    WahaMessage,
    WahaMessageArchive,
    WahaSession,
    WahaUpdate,
    whereabouts,
)

pytestmark = [pytest.mark.django_db, pytest.mark.core]

LIVE = "/inbox/live/"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def chat(number: WahaSession) -> WahaChat:
    return add_chat(number, 1, name="Carla", first_message_at=None)


def rings(chat: WahaChat, at: datetime = NOON, **values: Any) -> WahaCall:
    return make_call(chat=chat, started_at=at, **values)


def url_of(chat: WahaChat) -> str:
    return reverse("inbox:chat", args=[chat.pk])


def told(response: Any) -> list[str]:
    """What the thread shows, top down: the text of a message, the title of a call."""
    return [
        each.title if isinstance(each, CallEntry) else each.content
        for each in response.context["messages"]
    ]


def test_calls_stand_among_the_messages_at_their_time(desk: Client, chat: WahaChat) -> None:
    rings(chat, NOON - MINUTE)
    add_message(chat, "I called you", NOON)
    rings(chat, NOON + MINUTE, type=CallType.ACCEPTED, is_video=True)
    add_message(chat, "Thanks", NOON + 2 * MINUTE)
    rings(chat, NOON + 3 * MINUTE, type=CallType.REJECTED, is_group=True)

    response = desk.get(url_of(chat))

    assert told(response) == [
        "Missed voice call", "I called you", "Video call", "Thanks", "Group call",
    ]  # fmt: skip
    last = WahaCall.objects.latest("started_at")
    newest = Cursor.parse(response.context["newest_cursor"])
    assert newest == Cursor(NOON + 3 * MINUTE, last.pk)


@pytest.mark.parametrize(
    ("values", "title", "outcome"),
    [
        ({}, "Missed voice call", ""),
        ({"is_video": True}, "Missed video call", ""),
        ({"is_video": True, "is_group": True}, "Missed group call", ""),
        ({"type": CallType.ACCEPTED}, "Voice call", "Answered on the phone"),
        ({"type": CallType.REJECTED, "is_video": True}, "Video call", "Declined or hung up"),
    ],
)
def test_a_call_says_what_became_of_it(
    desk: Client, chat: WahaChat, values: dict[str, Any], title: str, outcome: str
) -> None:
    rings(chat, **values)

    [entry] = desk.get(url_of(chat)).context["messages"]

    assert (entry.title, entry.outcome) == (title, outcome)


def test_a_ringing_call_asks_again_when_it_can_only_be_missed(desk: Client, chat: WahaChat) -> None:
    call = rings(chat, timezone.now())
    address = reverse("inbox:call-entry", args=[chat.pk, call.pk])

    ringing = desk.get(url_of(chat))
    WahaCall.objects.filter(pk=call.pk).update(started_at=timezone.now() - 2 * MINUTE)
    later = desk.get(address, headers=HTMX)

    [entry] = ringing.context["messages"]
    assert (entry.title, entry.outcome) == ("Voice call", "Ringing")
    assert 50_000 < entry.settles_in <= 61_000
    assert f'hx-trigger="load delay:{entry.settles_in}ms"'.encode() in ringing.content
    assert (later.context["call"].title, b"load delay" in later.content) == (
        "Missed voice call",
        False,
    )


@pytest.mark.usefixtures("known_access")
def test_a_thread_costs_eight_queries_whatever_the_calls(
    desk: Client, chat: WahaChat, assert_same_queries: Callable[..., None]
) -> None:
    made = iter(range(100))

    def grow(n: int) -> None:
        for _ in range(n):
            index = next(made)
            rings(chat, NOON + index * MINUTE)
            add_message(chat, f"text {index}", NOON + index * MINUTE, type="image")

    assert_same_queries(lambda: desk.get(url_of(chat)), grow, at_most=8)


@pytest.mark.usefixtures("known_access")
def test_live_costs_the_same_whatever_the_calls(
    desk: Client, chat: WahaChat, assert_same_queries: Callable[..., None]
) -> None:
    calls: list[WahaCall] = []

    def grow(n: int) -> None:
        calls.extend(rings(chat, NOON + len(calls) * MINUTE) for _ in range(n))

    def fetch() -> object:
        wanted = ",".join(str(call.pk) for call in calls)
        return desk.get(LIVE, {"open": chat.pk, "after": str(Cursor(NOON, 0)), "calls": wanted})

    assert_same_queries(fetch, grow)


@pytest.mark.parametrize(("messages", "calls"), [(70, 70), (0, 130), (130, 3), (3, 130)])
def test_pages_lead_through_messages_and_calls_without_losing_one(
    desk: Client, chat: WahaChat, messages: int, calls: int
) -> None:
    """Some at the very same second, and more of both than fit one page."""
    for index in range(messages):
        add_message(chat, f"text {index}", NOON + (index // 2) * MINUTE)
    for index in range(calls):
        rings(chat, NOON + (index // 3) * MINUTE)
    everything = {each.pk for each in [*WahaMessage.objects.all(), *WahaCall.objects.all()]}

    back, cursor = [], ""
    while cursor is not None:
        page = desk.get(url_of(chat), {"before": cursor} if cursor else {})
        back = [*page.context["messages"], *back]
        cursor = page.context["older_cursor"] or None
    on, cursor = [], str(Cursor(NOON - MINUTE, 0))
    while cursor:
        page = desk.get(reverse("inbox:message-list", args=[chat.pk]), {"from": cursor})
        on += page.context["messages"]
        cursor = page.context["newer_cursor"]

    places = [(each.at, each.pk) for each in back]
    assert places == sorted(places)
    assert (len(places), {pk for _at, pk in places}) == (len(everything), everything)
    assert [(each.at, each.pk) for each in on] == places


def test_a_page_holds_no_more_because_of_calls(desk: Client, chat: WahaChat) -> None:
    for index in range(threads.PAGE_SIZE):
        add_message(chat, f"text {index}", NOON + index * MINUTE)
        rings(chat, NOON + index * MINUTE)

    page = desk.get(url_of(chat))

    assert len(page.context["messages"]) == threads.PAGE_SIZE
    assert page.context["older_cursor"] != ""


def test_a_day_without_messages_but_with_a_call_is_found(desk: Client, chat: WahaChat) -> None:
    early = NOON - timedelta(days=2)
    rings(chat, early - timedelta(days=1), is_video=True)
    rings(chat, early)
    add_message(chat, "Hello", NOON)

    page = desk.get(url_of(chat), {"date": f"{early:%Y-%m-%d}"})

    assert (told(page), page.context["at_start"]) == (["Missed voice call", "Hello"], True)
    assert page.context["older_cursor"] != ""  # to the call of the day before
    older = desk.get(url_of(chat), {"before": page.context["older_cursor"]})
    assert (told(older), older.context["older_cursor"]) == (["Missed video call"], "")


def test_calls_stand_among_archived_messages(desk: Client, chat: WahaChat) -> None:
    long_ago = NOON - timedelta(days=400)
    moved = add_message(chat, "long ago", long_ago)
    rings(chat, long_ago + MINUTE)
    add_message(chat, "today", NOON)
    values = WahaMessage.objects.filter(pk=moved.pk).values()[0]
    known = {field.attname for field in WahaMessageArchive._meta.concrete_fields}
    WahaMessageArchive.objects.create(**{k: v for k, v in values.items() if k in known})
    WahaMessage.objects.filter(pk=moved.pk).delete()
    WahaArchiveMonth.objects.create(
        month=long_ago.date().replace(day=1), state=ArchiveState.ARCHIVED
    )
    whereabouts.forget()

    page = desk.get(url_of(chat))

    assert told(page) == ["long ago", "Missed voice call", "today"]
    assert [each.archive_line for each in page.context["messages"]] == [True, False, False]


def test_a_call_raises_no_unread_and_breaks_a_run(desk: Client, chat: WahaChat) -> None:
    add_incoming(chat, "one", NOON)
    rings(chat, NOON + MINUTE)
    add_incoming(chat, "two", NOON + 2 * MINUTE)

    entries = desk.get(url_of(chat)).context["messages"]

    assert [each.unread_line for each in entries] == [2, 0, 0]
    assert [each.starts_run for each in entries] == [True, True, True]


def test_calls_of_other_chats_and_of_nobody_stay_out(
    desk: Client, chat: WahaChat, number: WahaSession
) -> None:
    rings(add_chat(number, 2))
    WahaCall.objects.create(session=number, call_id="NOBODY", started_at=NOON)

    assert told(desk.get(url_of(chat))) == []


def test_done_and_undo_change_the_call_in_its_thread(
    desk: Client, chat: WahaChat, olga: User
) -> None:
    call, earlier = rings(chat), rings(chat, NOON - MINUTE)
    done = reverse("inbox:call-done", args=[chat.pk, call.pk])
    undo = reverse("inbox:call-reopen", args=[chat.pk, call.pk])

    after_done = desk.post(done, headers=HTMX)
    marked = set(WahaCall.objects.values_list("handled_by", flat=True))
    told_of = WahaUpdate.objects.filter(kind=UpdateKind.CALL, chat_id=chat.pk)
    refs = set(told_of.values_list("ref", flat=True))
    after_undo = desk.post(undo, headers=HTMX)

    assert "Called back: Olga" in after_done.content.decode()
    assert (marked, refs) == ({olga.pk}, {call.pk, earlier.pk})
    assert (f'action="{undo}"' in after_done.content.decode()) is True
    assert f'action="{done}"' in after_undo.content.decode()
    assert WahaCall.objects.get(pk=call.pk).handled_by is None


def test_done_without_javascript_leads_back_to_the_call(desk: Client, chat: WahaChat) -> None:
    call = rings(chat)

    answers = [
        desk.post(reverse(f"inbox:call-{name}", args=[chat.pk, call.pk]))
        for name in ("done", "reopen")
    ]
    plain = desk.get(reverse("inbox:call-entry", args=[chat.pk, call.pk]))

    assert {answer["Location"] for answer in (*answers, plain)} == {call.get_absolute_url()}
    assert call.get_absolute_url().endswith(f"#call-{call.pk}")


def test_who_only_reads_sees_the_call_but_no_button(
    sign_in: Callable[[str], Client], chat: WahaChat
) -> None:
    call = rings(chat)
    done = reverse("inbox:call-done", args=[chat.pk, call.pk])
    reader = sign_in("vera")

    page = reader.get(url_of(chat))

    assert (told(page), done.encode() in page.content) == (["Missed voice call"], False)
    assert (reader.post(done).status_code, sign_in("sam").post(done).status_code) == (403, 404)


@pytest.mark.parametrize("type_", [CallType.ACCEPTED, CallType.RECEIVED])
def test_only_an_unanswered_call_can_be_called_back(
    desk: Client, chat: WahaChat, type_: str
) -> None:
    at = timezone.now() if type_ == CallType.RECEIVED else NOON  # ringing, or answered
    rings(chat, at, type=type_)

    [entry] = desk.get(url_of(chat)).context["messages"]

    assert (entry.is_waiting, entry.may_handle) == (False, False)


def test_live_gives_calls_that_are_new_or_changed(desk: Client, chat: WahaChat) -> None:
    old = rings(chat, NOON - timedelta(hours=1))
    shown = add_message(chat, "shown", NOON)
    new = rings(chat, NOON + MINUTE)
    foreign = rings(add_chat(chat.session, 7), NOON)
    asked = {
        "open": chat.pk,
        "after": str(Cursor(shown.created_at, shown.pk)),
        "calls": f"{old.pk},{foreign.pk},x",
    }

    context = desk.get(LIVE, asked).context

    assert [each.pk for each in context["messages"]] == [old.pk, new.pk]
    assert Cursor.parse(context["newest_cursor"]) == Cursor(new.started_at, new.pk)


def test_an_update_about_a_call_names_it(chat: WahaChat) -> None:
    update = WahaUpdate(
        pk=1, kind=UpdateKind.CALL, session_id=chat.session_id, chat_id=chat.pk, ref=5
    )

    event = events.event(update)

    assert (event["kind"], event["call"], event["message"]) == ("call.changed", "5", None)


def test_a_call_leads_to_its_place_in_the_thread(desk: Client, chat: WahaChat) -> None:
    """An old one by its day: it does not stand on the newest page."""
    fresh, old = rings(chat, timezone.now()), rings(chat, NOON)
    lost = WahaCall(session=chat.session, call_id="NOBODY", started_at=NOON)
    for index in range(threads.PAGE_SIZE):
        add_message(chat, f"text {index}", NOON + timedelta(hours=5, minutes=index))

    page = desk.get(old.get_absolute_url())

    assert fresh.get_absolute_url() == f"{url_of(chat)}#call-{fresh.pk}"
    assert (lost.get_absolute_url(), told(page)[0]) == ("/calls/", "Missed voice call")
    assert f'id="call-{old.pk}"' in page.content.decode()
