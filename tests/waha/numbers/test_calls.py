from datetime import timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import AuditLog
from tests.factories import make_call, make_chat, make_session, make_user, share
from waha.models import CallType, Level, SessionStatus, WahaCall, WahaChat, WahaSession

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def agent_of(chat: WahaChat, level: Level = Level.REPLY) -> User:
    user = make_user(name="Olga Brandt")
    share(chat.session, user, level)
    return user


def minutes_ago(minutes: float) -> Any:
    return timezone.now() - timedelta(minutes=minutes)


@pytest.mark.core
def test_calls_shows_those_of_visible_numbers() -> None:
    user = make_user()
    mine, other = make_chat(name="Tom Harris"), make_chat(name="Hidden caller")
    share(mine.session, user)
    make_call(chat=mine, type=CallType.RECEIVED)
    make_call(chat=other)

    page = signed_in(user).get(reverse("calls:list")).content.decode()

    assert "Tom Harris" in page
    assert "Missed" in page
    assert "Hidden caller" not in page


def test_calls_pages_on_without_losing_one() -> None:
    user, chat = make_user(), make_chat()
    share(chat.session, user)
    for number in range(60):
        make_call(chat=chat, started_at=timezone.now() - timedelta(minutes=number))
    client = signed_in(user)

    first = client.get(reverse("calls:list"))
    rest = client.get(reverse("calls:list"), {"before": str(first.context["next"])}, headers=HTMX)

    assert len(first.context["calls"]) == 50
    assert len(rest.context["calls"]) == 10
    assert rest.context["next"] is None


def test_calls_costs_the_same_however_many(assert_same_queries: Any) -> None:
    user = make_user()
    session = make_session()
    share(session, user)
    client = signed_in(user)

    def grow(number: int) -> None:
        for _ in range(number):
            make_call(chat=make_chat(session=session))

    assert_same_queries(lambda: client.get(reverse("calls:list")), grow, at_most=8)


def test_calls_without_any_say_so() -> None:
    page = signed_in(make_user()).get(reverse("calls:list")).content.decode()

    assert "No calls yet" in page


@pytest.mark.core
def test_call_that_ends_without_an_answer_is_missed() -> None:
    chat = make_chat()
    kinds = {
        "ringing": (CallType.RECEIVED, 0.5),
        "missed": (CallType.RECEIVED, 2),
        "declined": (CallType.REJECTED, 3),
        "answered": (CallType.ACCEPTED, 4),
    }
    for kind, minutes in kinds.values():
        make_call(chat=chat, type=kind, started_at=minutes_ago(minutes), ended_at=None)
    client = signed_in(agent_of(chat))

    def states(tab: str) -> list[str]:
        rows = client.get(reverse("calls:list"), {"tab": tab}).context["calls"]
        return [row.state for row in rows]

    assert states("all") == ["ringing", "missed", "declined", "answered"]
    assert states("unanswered") == ["missed", "declined"]
    assert states("waiting") == ["missed", "declined"]
    assert states("answered") == ["answered"]


@pytest.mark.core
def test_calls_filters_by_number_and_kind() -> None:
    user, chat, other = make_user(), make_chat(), make_chat()
    share(chat.session, user)
    share(other.session, user)
    voice = make_call(chat=chat, started_at=minutes_ago(9))
    video = make_call(chat=chat, is_video=True, started_at=minutes_ago(8))
    group = make_call(chat=other, is_group=True, is_video=True, started_at=minutes_ago(7))
    client = signed_in(user)

    def found(**asked: str | int) -> list[int]:
        rows = client.get(reverse("calls:list"), asked).context["calls"]
        return [row.pk for row in rows]

    assert found(kind="voice") == [voice.pk]
    assert found(kind="video") == [video.pk]
    assert found(kind="group") == [group.pk]
    assert found(number=chat.session_id) == [video.pk, voice.pk]
    assert found(number="nonsense", kind="x", tab="y") == [group.pk, video.pk, voice.pk]


def test_calls_of_a_number_that_is_not_shared_are_not_found_by_filter() -> None:
    chat, other = make_chat(), make_chat()
    make_call(chat=other)

    page = signed_in(agent_of(chat)).get(reverse("calls:list"), {"number": other.session_id})

    assert page.context["calls"] == []
    assert "No such calls" in page.content.decode()


@pytest.mark.core
def test_done_marks_the_callers_earlier_calls_and_says_by_whom() -> None:
    chat = make_chat()
    stranger = make_chat(session=chat.session)
    early, asked = (make_call(chat=chat, started_at=minutes_ago(m)) for m in (9, 6))
    later, other = make_call(chat=chat, started_at=minutes_ago(3)), make_call(chat=stranger)
    user = agent_of(chat)
    client = signed_in(user)

    answer = client.post(reverse("calls:done", args=[asked.pk]), {"tab": "waiting"})

    assert answer.headers["Location"] == reverse("calls:list") + "?tab=waiting"
    handled = WahaCall.objects.filter(handled_by=user).order_by("pk")
    assert list(handled) == [early, asked]
    assert list(WahaCall.objects.to_call_back().order_by("pk")) == [later, other]
    entry = AuditLog.objects.get(event="call.called_back")
    assert (entry.object_id, entry.new_values) == (asked.pk, {"calls": 2})
    assert "Olga Brandt" in client.get(reverse("calls:list")).content.decode()


def test_done_of_a_call_a_colleague_has_seen_to_keeps_the_colleague() -> None:
    chat, colleague = make_chat(), make_user()
    call = make_call(chat=chat, started_at=minutes_ago(5))
    WahaCall.objects.filter(pk=call.pk).update(handled_by=colleague, handled_at=timezone.now())

    answer = signed_in(agent_of(chat)).post(reverse("calls:done", args=[call.pk]))

    call.refresh_from_db()
    assert call.handled_by == colleague
    said = [str(each) for each in get_messages(answer.wsgi_request)]
    assert said == ["A colleague was faster."]


def test_unknown_callers_are_not_marked_together() -> None:
    session = make_session()
    user = make_user()
    share(session, user, Level.REPLY)
    first, second = (
        WahaCall.objects.create(session=session, call_id=str(m), started_at=minutes_ago(m))
        for m in (9, 6)
    )

    signed_in(user).post(reverse("calls:done", args=[second.pk]))

    assert list(WahaCall.objects.to_call_back()) == [first]


def test_reopen_puts_the_call_back_on_the_list() -> None:
    chat = make_chat()
    call = make_call(chat=chat, started_at=minutes_ago(5))
    client = signed_in(agent_of(chat))
    client.post(reverse("calls:done", args=[call.pk]))

    client.post(reverse("calls:reopen", args=[call.pk]))

    assert list(WahaCall.objects.to_call_back()) == [call]
    assert AuditLog.objects.filter(event="call.reopened").count() == 1


@pytest.mark.parametrize("name", ["done", "reopen", "write"])
def test_who_only_reads_a_number_may_not_see_to_its_calls(name: str) -> None:
    chat = make_chat()
    call = make_call(chat=chat, started_at=minutes_ago(5))
    client = signed_in(agent_of(chat, Level.VIEW))

    page = client.get(reverse("calls:list"), {"tab": "waiting"}).content.decode()

    assert "Not yet" in page
    assert reverse("calls:done", args=[call.pk]) not in page
    assert client.post(reverse(f"calls:{name}", args=[call.pk])).status_code == 403


def test_write_opens_a_chat_with_a_caller_who_never_wrote(desk: WahaSession) -> None:
    WahaSession.objects.filter(pk=desk.pk).update(status=SessionStatus.WORKING)
    first, second = (
        WahaCall.objects.create(
            session=desk, call_id=str(m), from_id="447700900124@c.us", started_at=minutes_ago(m)
        )
        for m in (9, 6)
    )

    answer = signed_in(desk.user).post(reverse("calls:write", args=[second.pk]))

    chat = WahaChat.objects.get(session=desk, chat_id="447700900124@c.us")
    assert answer.headers["Location"] == chat.get_absolute_url()
    assert list(chat.calls.order_by("pk")) == [first, second]


@pytest.mark.parametrize(
    ("caller", "told"),
    [
        ("447700900000@c.us", "This number is not on WhatsApp. Check it, or call instead."),
        ("1234567890@lid", "WhatsApp did not tell this caller's phone number."),
    ],
)
def test_write_says_why_there_can_be_no_chat(desk: WahaSession, caller: str, told: str) -> None:
    WahaSession.objects.filter(pk=desk.pk).update(status=SessionStatus.WORKING)
    call = WahaCall.objects.create(
        session=desk, call_id="C1", from_id=caller, started_at=minutes_ago(5)
    )

    answer = signed_in(desk.user).post(reverse("calls:write", args=[call.pk]))

    assert [str(each) for each in get_messages(answer.wsgi_request)] == [told]
    assert not WahaChat.objects.exists()


def test_manager_says_that_a_number_takes_no_calls() -> None:
    session = make_session()
    client = signed_in(session.user)
    url = reverse("numbers:calls", args=[session.pk])

    client.post(url, {"declines": "on", "reply": " Write to us. "})

    session.refresh_from_db()
    assert session.calls_policy == {"declines": True, "reply": "Write to us."}
    assert (
        "Calls are declined at once."
        in client.get(reverse("numbers:detail", args=[session.pk])).content.decode()
    )
    assert "Write to us." in client.get(url).content.decode()


def test_reply_to_calls_that_is_too_long_loses_nothing() -> None:
    session = make_session()
    long = "x" * 1001

    page = signed_in(session.user).post(
        reverse("numbers:calls", args=[session.pk]), {"declines": "on", "reply": long}
    )

    assert "at most 1000 characters" in page.content.decode()
    assert long in page.content.decode()
    session.refresh_from_db()
    assert session.calls_policy == {"declines": False, "reply": ""}
