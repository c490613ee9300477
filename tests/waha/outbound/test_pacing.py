"""How fast a number sends, and whom it may write to."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from accounts.models import User
from audit.models import AuditLog
from tests.fixtures.hints import Hints
from tests.waha.outbound.conftest import Send, state
from waha import reachout
from waha.gateway.simulator import Simulator
from waha.models import WahaChat, WahaMessage, WahaOutbox, WahaPace, WahaServer, WahaSession
from waha.outbound import breaker, deliver, pacing

pytestmark = pytest.mark.django_db

CARLA = "447700900123@c.us"


@pytest.fixture
def paced(number: WahaSession) -> Callable[..., WahaPace]:
    """`paced(gap_ms=1000)`: the number's pace, everything else off."""

    def make(**values: object) -> WahaPace:
        given = {"typing": False, "gap_ms": 0, "cold_gap_seconds": 0, "cold_a_day": 50, **values}
        return WahaPace.objects.update_or_create(session=number, defaults=given)[0]

    return make


@pytest.fixture
def people(number: WahaSession) -> Callable[[int], list[WahaChat]]:
    """Chats with people nobody has ever written to."""

    def make(count: int) -> list[WahaChat]:
        return [
            WahaChat.objects.create(session=number, chat_id=f"4477009003{place:02}@c.us")
            for place in range(count)
        ]

    return make


def texts(waha: Simulator) -> list[str]:
    return [text for _chat, text in waha.accepted]


def turn_over() -> None:
    """Let the number's turn come, and what shows typing be typed."""
    past = timezone.now() - timedelta(seconds=1)
    WahaPace.objects.update(next_at=past, next_cold_at=past)
    WahaOutbox.objects.filter(state="queued").update(due_at=past)


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


# -- people who never wrote


def test_first_messages_are_counted_by_the_day(
    waha: Simulator,
    send: Send,
    paced: Callable[..., WahaPace],
    people: Callable[..., list[WahaChat]],
) -> None:
    paced(cold_a_day=2)
    sent = [send("hi", token=f"t{at}", chat=chat) for at, chat in enumerate(people(3))]

    deliver.deliver_due()

    held = WahaOutbox.objects.get(message_id=sent[2].pk)
    sent[2].refresh_from_db()
    assert len(waha.accepted) == 2
    assert held.state == "queued"
    assert timedelta(hours=23) < held.due_at - timezone.now() <= timedelta(hours=24)
    assert sent[2].error.startswith("This number has written to 2 new people in 24 hours.")


def test_a_higher_cap_lets_go_what_the_old_one_held(
    waha: Simulator,
    send: Send,
    number: WahaSession,
    olga: User,
    paced: Callable[..., WahaPace],
    people: Callable[..., list[WahaChat]],
) -> None:
    paced(cold_a_day=1)
    for at, chat in enumerate(people(3)):
        send("hi", token=f"t{at}", chat=chat)
    deliver.deliver_due()
    early = len(waha.accepted)

    pacing.set_pace(session=number, by=olga, cold_a_day=2)
    deliver.deliver_due()

    held = WahaOutbox.objects.get(state="queued")
    assert (early, len(waha.accepted)) == (1, 2)
    assert held.last_error.startswith("This number has written to 2 new people in 24 hours.")
    assert held.due_at > timezone.now() + timedelta(hours=23)


def test_a_shorter_pause_holds_from_now_on(
    waha: Simulator,
    send: Send,
    number: WahaSession,
    olga: User,
    paced: Callable[..., WahaPace],
    people: Callable[..., list[WahaChat]],
) -> None:
    paced(cold_gap_seconds=3600)
    for at, chat in enumerate(people(2)):
        send("hi", token=f"t{at}", chat=chat)
    deliver.deliver_due()
    early = len(waha.accepted)

    pacing.set_pace(session=number, by=olga, cold_gap_seconds=0)
    deliver.deliver_due()

    assert (early, len(waha.accepted)) == (1, 2)


def test_what_is_held_after_it_was_typed_is_typed_again(
    waha: Simulator,
    send: Send,
    paced: Callable[..., WahaPace],
    people: Callable[..., list[WahaChat]],
) -> None:
    paced(typing=True)
    (new,) = people(1)
    message = send("hello", chat=new)
    deliver.deliver_due()
    typed = WahaOutbox.objects.get(message_id=message.pk).typing_since

    reachout.lock(new.session_id)  # while the customer sees us typing
    turn_over()
    deliver.deliver_due()

    held = WahaOutbox.objects.get(message_id=message.pk)
    assert typed is not None
    assert (held.state, held.typing_since, texts(waha)) == ("queued", None, [])


def test_answers_are_not_counted(
    waha: Simulator, send: Send, paced: Callable[..., WahaPace], chat: WahaChat
) -> None:
    paced(cold_a_day=0)
    WahaChat.objects.filter(pk=chat.pk).update(first_message_at=timezone.now(), in_seq=1)

    send("hello")
    deliver.deliver_due()

    assert texts(waha) == ["hello"]


def test_first_message_that_was_typed_takes_no_second_turn(
    waha: Simulator,
    send: Send,
    paced: Callable[..., WahaPace],
    people: Callable[..., list[WahaChat]],
) -> None:
    paced(typing=True, cold_gap_seconds=20)
    (new,) = people(1)
    message = send("hello", chat=new)

    deliver.deliver_due()
    typed = timezone.now() - timedelta(seconds=1)
    WahaOutbox.objects.filter(state="queued").update(due_at=typed)
    deliver.deliver_due()

    assert state(message) == ("sent", "sent")


def test_first_messages_go_one_by_one(
    waha: Simulator,
    send: Send,
    paced: Callable[..., WahaPace],
    people: Callable[..., list[WahaChat]],
) -> None:
    paced(cold_gap_seconds=30)
    sent = [send("hi", token=f"t{at}", chat=chat) for at, chat in enumerate(people(2))]

    deliver.deliver_due()
    early = len(waha.accepted)
    turn_over()
    deliver.deliver_due()

    sent[1].refresh_from_db()
    assert (early, len(waha.accepted), sent[1].error) == (1, 2, "")


def test_somebody_who_is_not_on_whatsapp_gets_nothing(
    waha: Simulator, number: WahaSession, send: Send
) -> None:
    nobody = WahaChat.objects.create(session=number, chat_id="447700900000@c.us")
    message = send("hi", chat=nobody)

    deliver.deliver_due()

    message.refresh_from_db()
    assert (state(message), waha.accepted) == (("failed", "failed"), [])
    assert message.error == "This number is not on WhatsApp. Check it, or call instead."


def test_who_was_asked_for_is_not_asked_for_again(
    waha: Simulator, send: Send, chat: WahaChat
) -> None:
    cache.set(f"on-whatsapp:{chat.session_id}:{chat.chat_id}", 1)
    waha.fault(path="/api/contacts/check-exists", status=500)
    send("hello")

    deliver.deliver_due()

    assert texts(waha) == ["hello"]


@pytest.mark.core
def test_a_463_holds_first_messages_and_no_answers(
    waha: Simulator, send: Send, chat: WahaChat, people: Callable[..., list[WahaChat]]
) -> None:
    waha.say(CARLA, "Hello?", session="support")
    WahaChat.objects.filter(pk=chat.pk).update(first_message_at=timezone.now(), in_seq=1)
    waha.set_session("support", reachoutLocked=True)
    cold, other = (send("hi", token=f"c{at}", chat=one) for at, one in enumerate(people(2)))
    answer = send("hello", token="a")

    deliver.deliver_due()

    cold.refresh_from_db()
    assert [state(each) for each in (cold, other, answer)] == [
        ("pending", "queued"), ("pending", "queued"), ("sent", "sent"),
    ]  # fmt: skip
    assert cold.error.startswith("WhatsApp does not let this number write to new people for now.")
    assert texts(waha) == ["hello"]


def test_when_the_lock_is_over_they_go_by_themselves(
    waha: Simulator, send: Send, number: WahaSession, paced: Callable[..., WahaPace]
) -> None:
    paced()
    waha.set_session("support", reachoutLocked=True)
    message = send("hello")
    deliver.deliver_due()
    waha.set_session("support", reachoutLocked=False)

    reachout.unlock(number.pk)
    deliver.deliver_due()

    message.refresh_from_db()
    assert (texts(waha), state(message), message.error) == (["hello"], ("sent", "sent"), "")


def test_a_lock_that_ends_sooner_lets_them_go_sooner(
    waha: Simulator, send: Send, number: WahaSession, paced: Callable[..., WahaPace]
) -> None:
    paced()
    reachout.lock(number.pk)
    message = send("hello")
    deliver.deliver_due()
    sooner = timezone.now() + timedelta(minutes=10)

    reachout.lock(number.pk, sooner)

    assert WahaOutbox.objects.get(message_id=message.pk).due_at == sooner


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
