"""Who may post a row, and what a worker that died or came late may still decide."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from accounts.models import User
from tests.waha.outbound.conftest import Send, state
from waha.gateway.receipts import Receipt
from waha.gateway.simulator import Simulator
from waha.models import (
    MessageStatus,
    OutboxState,
    WahaChat,
    WahaMessage,
    WahaMessageKey,
    WahaOutbox,
    WahaSession,
)
from waha.outbound import binding, deliver, outbox, posting

pytestmark = pytest.mark.django_db

CARLA = "447700900123@c.us"


def key_of(message: WahaMessage) -> str:
    return WahaMessageKey.objects.get(message_pk=message.pk).message_id


def test_a_reserved_id_is_the_key_before_the_post(
    waha: Simulator, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys: list[str] = []
    post = posting.post

    def looking(client: Any, parcel: posting.Parcel) -> Receipt:
        keys.append(WahaMessageKey.objects.get().message_id)
        return post(client, parcel)

    monkeypatch.setattr(posting, "post", looking)
    send("hello")

    deliver.deliver_due()

    assert keys == [waha.sends[0].raw_id]


@pytest.mark.core
def test_a_worker_killed_after_the_post_began_leaves_it_unknown(
    waha: Simulator, send: Send, later: Callable[[], None]
) -> None:
    message = send("hello")
    row = deliver._claim(WahaOutbox.objects.get().pk)
    assert row is not None
    assert binding.begin(row, message, "")
    WahaOutbox.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    for _ in range(3):
        deliver.deliver_due()
        later()

    assert (state(message), waha.accepted) == (("pending", "unknown"), [])


def test_a_worker_killed_before_the_post_began_is_replaced(waha: Simulator, send: Send) -> None:
    message = send("hello")
    deliver._claim(WahaOutbox.objects.get().pk)
    deliver.deliver_due()
    early = list(waha.accepted)
    WahaOutbox.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    deliver.deliver_due()

    assert (early, waha.accepted, state(message)) == ([], [(CARLA, "hello")], ("sent", "sent"))


def test_a_claim_that_ran_out_may_not_post(send: Send) -> None:
    message = send("hello")
    row = deliver._claim(WahaOutbox.objects.get().pk)
    assert row is not None
    WahaOutbox.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    assert binding.begin(row, message, "") is False


def test_an_old_claim_decides_nothing_after_a_person_did(send: Send, olga: User) -> None:
    message = send("hello")
    row = deliver._claim(WahaOutbox.objects.get().pk)
    assert row is not None
    binding.begin(row, message, "")
    WahaMessage.objects.update(status=MessageStatus.UNKNOWN)
    WahaOutbox.objects.update(state=OutboxState.UNKNOWN)
    outbox.retry(message=message, by=olga)

    binding.fail(row, message, "late")
    binding.mark_unknown(row, "late")
    binding.postpone(row, message, "late")

    assert (state(message), WahaOutbox.objects.get().last_error) == (("pending", "queued"), "")


def test_a_late_answer_stops_the_second_try(waha: Simulator, send: Send, olga: User) -> None:
    message = send("hello")
    row = deliver._claim(WahaOutbox.objects.get().pk)
    assert row is not None
    binding.begin(row, message, "")
    WahaMessage.objects.update(status=MessageStatus.UNKNOWN)
    WahaOutbox.objects.update(state=OutboxState.UNKNOWN)
    outbox.retry(message=message, by=olga)

    binding.bind(row, message, "RAW1")
    deliver.deliver_due()

    assert (waha.accepted, state(message), key_of(message)) == ([], ("sent", "sent"), "RAW1")


def test_a_tick_that_came_meanwhile_stops_the_second_try(
    waha: Simulator, send: Send, olga: User
) -> None:
    message = send("hello")
    WahaMessage.objects.update(status=MessageStatus.DELIVERED)

    deliver.deliver_due()

    assert (waha.accepted, state(message)) == ([], ("delivered", "sent"))


def test_an_answer_after_discard_brings_nothing_back(send: Send, olga: User) -> None:
    message = send("hello")
    row = deliver._claim(WahaOutbox.objects.get().pk)
    assert row is not None
    binding.begin(row, message, "")
    WahaOutbox.objects.update(state=OutboxState.UNKNOWN)
    outbox.discard(message=message, by=olga)

    binding.bind(row, message, "RAW1")

    assert (WahaMessage.objects.count(), WahaMessageKey.objects.count()) == (0, 0)
    assert WahaOutbox.objects.get().state == "discarded"


@pytest.mark.core
@pytest.mark.django_db(transaction=True)
def test_many_workers_send_each_once_and_in_order(
    waha: Simulator, number: WahaSession, send: Send
) -> None:
    for place in range(4):
        chat = WahaChat.objects.create(session=number, chat_id=f"44770090020{place}@c.us")
        for turn in range(4):
            send(f"{place}.{turn}", token=f"t{place}{turn}", chat=chat)

    def work() -> None:
        try:
            for _ in range(4):
                deliver.deliver_due()
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join(60)

    texts = [text for _chat, text in waha.accepted]
    assert sorted(texts) == [f"{place}.{turn}" for place in range(4) for turn in range(4)]
    for place in range(4):
        own = [text for text in texts if text.startswith(f"{place}.")]
        assert own == sorted(own)
