"""How fast a number sends."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from accounts.models import User
from audit.models import AuditLog
from tests.fixtures.hints import Hints
from tests.waha.outbound.conftest import Send, state, texts, turn_over
from waha.gateway.simulator import Simulator
from waha.models import WahaChat, WahaMessage, WahaOutbox, WahaPace, WahaServer, WahaSession
from waha.outbound import breaker, deliver, pacing

pytestmark = pytest.mark.django_db

CARLA = "447700900123@c.us"


# -- one at a time


@pytest.mark.core
def test_two_messages_keep_their_distance(
    waha: Simulator, send: Send, paced: Callable[..., WahaPace]
) -> None:
    paced(gap_ms=60_000)
    send("first", token="t1")
    send("second", token="t2")

    deliver.deliver_due()
    early = texts(waha)
    turn_over()
    deliver.deliver_due()

    assert (early, texts(waha)) == (["first"], ["first", "second"])


def test_one_worker_asks_to_be_woken_for_the_next_turn(
    send: Send, paced: Callable[..., WahaPace], hints: Hints
) -> None:
    paced(gap_ms=60_000, next_at=timezone.now() + timedelta(seconds=1.9))
    send("waits")

    for _ in range(5):
        deliver.deliver_due()

    ((name, after),) = hints.later
    assert (name, 0 < after <= 1.9) == ("deliver", True)


def test_numbers_do_not_wait_for_each_other(
    waha: Simulator, send: Send, paced: Callable[..., WahaPace], server: WahaServer, olga: User
) -> None:
    paced(gap_ms=60_000)
    other = WahaSession.objects.create(
        name="sales", user=olga, server=server, waha_name="support2", status="working"
    )
    waha.world.sessions["support2"] = waha.session("support")
    WahaPace.objects.create(session=other, gap_ms=60_000, typing=False)
    for place in range(deliver.CANDIDATES + 1):  # more than one look takes in
        send("busy", token=f"b{place}", chat=WahaChat.objects.create(
            session_id=WahaPace.objects.earliest("pk").pk, chat_id=f"44770090040{place}@c.us",
            first_message_at=timezone.now(),
        ))  # fmt: skip
    chat = WahaChat.objects.create(session=other, chat_id="447700900500@c.us")
    send("free", token="f1", chat=chat)

    deliver.deliver_due()

    assert sorted(texts(waha)) == ["busy", "free"]


def test_the_customer_sees_us_typing_first(
    waha: Simulator, send: Send, paced: Callable[..., WahaPace]
) -> None:
    paced(typing=True)
    message = send("hello")

    deliver.deliver_due()
    typing, early = set(waha.session("support").typing), texts(waha)
    turn_over()
    deliver.deliver_due()

    assert (typing, early) == ({CARLA}, [])
    assert (waha.session("support").typing, texts(waha)) == (set(), ["hello"])
    assert state(message) == ("sent", "sent")


def test_nobody_begins_while_another_message_is_typed(
    waha: Simulator,
    send: Send,
    paced: Callable[..., WahaPace],
    people: Callable[..., list[WahaChat]],
) -> None:
    paced(typing=True)
    (other,) = people(1)
    send("first", token="t1")
    send("second", token="t2", chat=other)

    deliver.deliver_due()

    assert waha.session("support").typing == {CARLA}


def test_long_messages_are_typed_longer_but_not_for_ever(
    chat: WahaChat, paced: Callable[..., WahaPace]
) -> None:
    pace = paced(typing=True)
    seconds = [
        pacing.typing_seconds(pace, WahaMessage(type="text", content="x" * length), chat)
        for length in (0, 40, 10_000)
    ]

    assert seconds == [0.6, 1.6, 2.5]
    assert pacing.typing_seconds(pace, WahaMessage(type="image"), chat) == 0


def test_an_engine_that_cannot_type_sends_at_once(
    waha: Simulator, send: Send, paced: Callable[..., WahaPace]
) -> None:
    paced(typing=True)
    waha.fault(path="/api/startTyping", status=501)
    send("hello")

    deliver.deliver_due()

    assert texts(waha) == ["hello"]


# -- a pause


@pytest.mark.core
def test_a_paused_number_sends_nothing_until_it_goes_on(
    waha: Simulator, send: Send, number: WahaSession, olga: User
) -> None:
    pacing.pause(session=number, by=olga)
    pacing.pause(session=number, by=olga)
    message = send("hello")
    deliver.deliver_due()
    early = (state(message), texts(waha))

    pacing.go_on(session=number, by=olga)
    deliver.deliver_due()

    events = AuditLog.objects.filter(event__startswith="session.sending").order_by("pk")
    assert early == (("pending", "queued"), [])
    assert texts(waha) == ["hello"]
    assert [entry.event for entry in events] == [
        "session.sending_paused",
        "session.sending_resumed",
    ]


def test_what_is_paced_or_paused_is_not_overdue(
    send: Send, number: WahaSession, paced: Callable[..., WahaPace], olga: User,
    people: Callable[..., list[WahaChat]],
) -> None:  # fmt: skip
    (chat,) = people(1)
    first, _behind = (send(token=token, chat=chat) for token in ("first", "behind"))
    past = timezone.now() - timedelta(minutes=5)
    WahaOutbox.objects.update(due_at=past)
    overdue = WahaOutbox.objects.overdue

    late = [row.message_id for row in overdue(timezone.now())]
    paced(next_at=timezone.now())
    alive = overdue(timezone.now()).count()
    paced(next_at=past)
    pacing.pause(session=number, by=olga)

    assert (late, alive, overdue(timezone.now()).count()) == ([first.pk], 0, 0)


# -- a server that is away


def test_after_a_rest_one_worker_tries_for_all(server: WahaServer) -> None:
    for _ in range(breaker.FAILURES):
        breaker.failed(server.pk)
    resting = breaker.may_try(server.pk)
    cache.delete(f"breaker:{server.pk}:open")  # the rest is over

    tries = [breaker.may_try(server.pk) for _ in range(5)]
    breaker.succeeded(server.pk)

    assert (resting, tries, breaker.may_try(server.pk)) == (
        False, [True, False, False, False, False], True,
    )  # fmt: skip


def test_a_server_that_swallows_sends_does_not_get_them_all(
    waha: Simulator, send: Send, people: Callable[..., list[WahaChat]]
) -> None:
    waha.fault(path="/api/sendText", times=None, drop=True)
    sent = [
        send("hi", token=f"t{at}", chat=chat)
        for at, chat in enumerate(people(breaker.FAILURES + 3))
    ]

    deliver.deliver_due()

    states = [state(message)[1] for message in sent]
    assert states == ["unknown"] * breaker.FAILURES + ["queued"] * 3
