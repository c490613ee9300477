"""Whom a number may write to that never wrote to it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from accounts.models import User
from tests.waha.outbound.conftest import Send, state, texts, turn_over
from waha import reachout
from waha.gateway.simulator import Simulator
from waha.models import WahaChat, WahaOutbox, WahaPace, WahaSession
from waha.outbound import deliver, pacing

pytestmark = pytest.mark.django_db

CARLA = "447700900123@c.us"


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
