"""Numbers that take no calls."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from audit.models import AuditLog
from mercury import celery
from tests.factories import make_call
from tests.waha.inbound.bodies import body, event_row
from waha.gateway.simulator import Simulator
from waha.inbound import drain
from waha.models import CallType, WahaCall, WahaChat, WahaMessage, WahaSession
from waha.outbound import declining

pytestmark = [pytest.mark.django_db, pytest.mark.core]

REPLY = "We cannot take calls here. Write to us, please."


@pytest.fixture
def closed(waha: Simulator, number: WahaSession, olga: User) -> WahaSession:
    """A number that declines calls and says so."""
    declining.set_policy(session=number, declines=True, reply=REPLY, by=olga)
    return number


def ring(chat: WahaChat, call_id: str = "CALL1", ago: float = 5) -> WahaCall:
    at = timezone.now() - timedelta(seconds=ago)
    return make_call(chat=chat, call_id=call_id, from_id=chat.chat_id, started_at=at, ended_at=None)


def written(chat: WahaChat) -> list[tuple[str, object]]:
    return list(WahaMessage.objects.filter(chat=chat).values_list("content", "sent_by"))


def test_ringing_call_is_declined_and_the_caller_told(
    waha: Simulator, closed: WahaSession, chat: WahaChat
) -> None:
    call = ring(chat)

    declined = declining.decline_due()

    call.refresh_from_db()
    assert (declined, call.type, waha.world.truth.rejected_calls) == (
        1,
        CallType.REJECTED,
        ["CALL1"],
    )
    assert written(chat) == [(REPLY, None)]
    assert list(WahaCall.objects.to_call_back()) == [call]


def test_declining_again_writes_nothing_more(
    waha: Simulator, closed: WahaSession, chat: WahaChat
) -> None:
    ring(chat)
    declining.decline_due()
    ring(chat, "CALL2")

    assert declining.decline_due() == 1
    assert declining.decline_due() == 0

    assert waha.world.truth.rejected_calls == ["CALL1", "CALL2"]
    assert written(chat) == [(REPLY, None)]


def test_caller_who_never_wrote_gets_a_chat(waha: Simulator, closed: WahaSession) -> None:
    WahaCall.objects.create(
        session=closed, call_id="C1", from_id="447700900124@c.us", started_at=timezone.now()
    )

    declining.decline_due()

    chat = WahaChat.objects.get(session=closed, chat_id="447700900124@c.us")
    assert written(chat) == [(REPLY, None)]
    assert list(chat.calls.values_list("call_id", flat=True)) == ["C1"]


def test_calls_that_stopped_ringing_or_are_no_ones_are_left(
    waha: Simulator, closed: WahaSession, chat: WahaChat
) -> None:
    ring(chat, "LATE", ago=70)
    make_call(chat=chat, call_id="GROUP", is_group=True, started_at=timezone.now())
    WahaCall.objects.create(session=closed, call_id="NOBODY", started_at=timezone.now())

    assert declining.decline_due() == 0
    assert waha.world.truth.rejected_calls == []


def test_number_that_takes_calls_lets_them_ring(
    waha: Simulator, number: WahaSession, chat: WahaChat
) -> None:
    ring(chat)

    assert declining.decline_due() == 0
    assert waha.world.truth.rejected_calls == []


def test_server_that_is_away_leaves_the_call_for_the_next_try(
    waha: Simulator, closed: WahaSession, chat: WahaChat
) -> None:
    ring(chat)
    waha.fault(path="*/calls/reject", status=503, times=1)

    assert declining.decline_due() == 0
    assert written(chat) == []
    assert declining.decline_due() == 1
    assert written(chat) == [(REPLY, None)]


def test_event_of_a_call_hints_only_numbers_that_decline(
    waha: Simulator, number: WahaSession, olga: User, monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: object,
) -> None:  # fmt: skip
    hints: list[str] = []
    monkeypatch.setattr(celery, "send_hint", hints.append)

    def receive(call_id: str) -> None:
        now = int(time.time())
        content = {"id": call_id, "from": "447700900123@c.us", "timestamp": now}
        event_row(number, body("call.received", content, at=now))
        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
            drain.drain_all()

    receive("C1")
    before = hints.count("decline_calls")
    declining.set_policy(session=number, declines=True, reply="", by=olga)
    receive("C2")

    assert (before, hints.count("decline_calls")) == (0, 1)


def test_policy_is_on_record_without_its_words(number: WahaSession, olga: User) -> None:
    declining.set_policy(session=number, declines=True, reply=REPLY, by=olga)
    declining.set_policy(session=number, declines=True, reply=REPLY, by=olga)

    number.refresh_from_db()
    entry = AuditLog.objects.get(event="session.calls_policy")
    assert number.calls_policy == {"declines": True, "reply": REPLY}
    assert (entry.old_values, entry.new_values) == ({"declines": False}, {"declines": True})
