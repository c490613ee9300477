"""Our own messages told back: bound to our send, put off, or typed on the phone."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from tests.waha.inbound.bodies import CUSTOMER, NOON, ack, event_row, text
from waha.inbound import drain
from waha.models import (
    OutboxState,
    WahaChat,
    WahaEvent,
    WahaMessage,
    WahaMessageKey,
    WahaOutbox,
)

pytestmark = [pytest.mark.django_db, pytest.mark.core]


@pytest.fixture
def send(number, chat, users):
    def make(words="Hello", *, state=OutboxState.UNKNOWN, token="t1", **fields):
        message = WahaMessage.objects.create(
            session=number,
            chat=chat,
            content=words,
            status="pending",
            created_at=timezone.now(),
            from_me=True,
            sent_by=users["olga"],
            error="not confirmed",
        )
        WahaMessageKey.objects.create(
            session=number,
            from_me=True,
            message_id=f"token:{token}",
            message_pk=message.pk,
            created_at=message.created_at,
        )
        return WahaOutbox.objects.create(
            session=number,
            chat=chat,
            message=message,
            message_created_at=message.created_at,
            client_token=token,
            state=state,
            posted_at=datetime.fromtimestamp(NOON, UTC),  # when the echoes are from
            **fields,
        )

    return make


def echo(raw="A1", words="Hello", **fields):
    return text(raw, words, from_me=True, ack=0, **fields)


def test_echo_waits_while_a_send_is_between_post_and_answer(number, receive, send):
    send(state=OutboxState.SENDING)
    before = timezone.now()

    (event,) = receive(echo())

    assert (event.state, event.attempts, WahaMessage.objects.count()) == ("new", 0, 1)
    assert 1.5 < (event.due_at - before).total_seconds() < 4


def test_echo_finds_the_message_once_the_answer_named_it(number, receive, send):
    row = send(state=OutboxState.SENDING)
    receive(echo())
    WahaMessageKey.objects.update(message_id="A1")
    WahaMessage.objects.update(message_id="A1")
    WahaOutbox.objects.filter(pk=row.pk).update(state=OutboxState.SENT)
    WahaEvent.objects.update(due_at=timezone.now())

    drain.drain_all()

    assert WahaMessage.objects.get().status == "sent"
    assert WahaEvent.objects.get().state == "done"


def test_echo_binds_the_oldest_unknown_send_of_the_same_words(receive, send):
    other = send("Bye", token="t0")
    oldest, newest = send(token="t1"), send(token="t2")

    receive(echo())

    states = {row.pk: row.state for row in WahaOutbox.objects.all()}
    assert states == {other.pk: "unknown", oldest.pk: "sent", newest.pk: "unknown"}
    message = WahaMessage.objects.get(pk=oldest.message_id)
    assert (message.message_id, message.status, message.error) == ("A1", "sent", "")
    assert WahaMessageKey.objects.get(message_pk=message.pk).message_id == "A1"
    assert WahaMessage.objects.count() == 3


def test_older_message_of_the_same_words_is_another(receive, send):
    row = send()

    receive(echo(at=NOON - 3600))

    row.refresh_from_db()
    assert (row.state, WahaMessage.objects.count()) == ("unknown", 2)


def test_two_echoes_bind_two_sends(receive, send):
    first, second = send(token="t1"), send(token="t2")

    receive(echo("A1"), echo("A2"))

    ids = dict(WahaMessage.objects.values_list("pk", "message_id"))
    assert ids == {first.message_id: "A1", second.message_id: "A2"}


def test_echo_of_a_reserved_id_binds_that_very_send(receive, send):
    send(token="t1")
    reserved = send("said otherwise", token="t2", reserved_id="A1")

    receive(echo())

    assert WahaMessage.objects.get(message_id="A1").pk == reserved.message_id


def test_echo_with_other_words_was_typed_on_the_phone(receive, send):
    send("Hello")

    receive(echo(words="Good evening"))

    assert sorted(WahaMessage.objects.values_list("content", "message_id")) == [
        ("Good evening", "A1"),
        ("Hello", ""),
    ]


def test_echo_does_not_wait_for_a_send_that_reserved_another_id(receive, send):
    send(state=OutboxState.SENDING, reserved_id="B9")

    (event,) = receive(echo())

    assert event.state == "done"


def test_echo_does_not_wait_for_sends_of_another_chat(receive, send, chat):
    send(state=OutboxState.SENDING)

    (event,) = receive(echo(chat="447700900999@c.us"))

    assert (event.state, WahaChat.objects.count()) == ("done", 2)


def test_tick_of_a_bound_send_is_applied(receive, send):
    row = send()

    receive(ack("A1", 2), echo(), ack("A1", 3))

    assert WahaMessage.objects.get(pk=row.message_id).status == "read"


def test_message_typed_on_the_phone_is_stored_once(number, chat, receive):
    receive(echo(at=NOON), echo(at=NOON))
    event_row(number, text("A1", from_me=True, ack=2))
    drain.drain_all()

    message = WahaMessage.objects.get()
    assert (message.sent_by_id, message.chat.chat_id, message.status) == (
        None,
        CUSTOMER,
        "delivered",
    )
