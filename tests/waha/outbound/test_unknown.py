"""Sends that may have gone out: no machine sends them again, and each ends in one bubble."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from tests.waha.outbound.conftest import Send, state
from waha.gateway.receipts import Receipt
from waha.gateway.simulator import Simulator
from waha.models import WahaChat, WahaMessage, WahaMessageKey, WahaOutbox, WahaServer
from waha.outbound import deliver, outbox, posting

pytestmark = [pytest.mark.django_db, pytest.mark.core]

CARLA = "447700900123@c.us"
Apply = Callable[..., None]


@pytest.fixture
def webjs(server: WahaServer) -> WahaServer:
    """The server runs an engine that cannot reserve ids; `waha` follows it."""
    server.engine = "WEBJS"
    server.save(update_fields=["engine"])
    return server


def one_bubble(waha: Simulator, message: WahaMessage) -> bool:
    """There is one message, it is ours, under the id that WhatsApp has."""
    row = WahaMessage.objects.get()
    key = WahaMessageKey.objects.get()
    raw_id = waha.sends[0].raw_id
    return (row.pk, row.message_id, key.message_id) == (message.pk, raw_id, raw_id)


def grow_old(seconds: int = 61) -> None:
    past = timezone.now() - timedelta(seconds=seconds)
    WahaOutbox.objects.update(posted_at=past, due_at=past)


def during_the_post(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Let `act` happen after WAHA took a send and before its answer is read."""
    post = posting.post

    def slow(client: Any, parcel: posting.Parcel) -> Receipt:
        receipt = post(client, parcel)
        act()
        return receipt

    monkeypatch.setattr(posting, "post", slow)


# -- the echo comes before the answer


def test_echo_before_the_answer_of_a_text_makes_one_bubble(
    waha: Simulator, send: Send, apply_webhooks: Apply, monkeypatch: pytest.MonkeyPatch
) -> None:
    during_the_post(monkeypatch, apply_webhooks)
    message = send("hello")

    deliver.deliver_due()

    assert one_bubble(waha, message)
    assert state(message) == ("sent", "sent")


def test_echo_before_the_answer_of_a_file_makes_one_bubble(
    waha: Simulator, send_file: Send, apply_webhooks: Apply, later: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    during_the_post(monkeypatch, apply_webhooks)
    message = send_file(b"%PDF-1.4", "offer.pdf", caption="look")

    deliver.deliver_due()
    later()
    apply_webhooks()

    assert one_bubble(waha, message)
    assert state(message) == ("sent", "sent")


def test_echo_after_the_answer_makes_one_bubble(
    webjs: WahaServer, waha: Simulator, send: Send, apply_webhooks: Apply
) -> None:
    message = send("hello")

    deliver.deliver_due()
    apply_webhooks()

    assert one_bubble(waha, message)
    assert state(message) == ("sent", "sent")


def test_an_echo_stored_as_typed_on_the_phone_is_taken_in(
    webjs: WahaServer, waha: Simulator, chat: WahaChat, send: Send, apply_webhooks: Apply,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def forget_the_claim_and_apply() -> None:
        WahaOutbox.objects.update(state="queued")  # so that the drain sees nothing on its way
        apply_webhooks()
        WahaOutbox.objects.update(state="sending")

    during_the_post(monkeypatch, forget_the_claim_and_apply)
    message = send("hello")

    deliver.deliver_due()

    chat.refresh_from_db()
    assert one_bubble(waha, message)
    assert (state(message), chat.last_message_pk) == (("sent", "sent"), message.pk)


def test_ticks_before_the_answer_are_not_lost(
    webjs: WahaServer, waha: Simulator, send: Send, apply_webhooks: Apply,
    later: Callable[[], None], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def read_and_apply() -> None:
        waha.read(CARLA, session="support")
        apply_webhooks()

    during_the_post(monkeypatch, read_and_apply)
    message = send("hello")

    deliver.deliver_due()
    later()
    apply_webhooks()

    assert one_bubble(waha, message)
    assert state(message)[0] == "read"


# -- the answer never comes


@pytest.mark.parametrize(
    "fault", [{"drop": True}, {"hang": True}, {"status": 500}], ids=["drop", "hang", "500"]
)
def test_a_lost_answer_is_unknown_and_found_by_its_reserved_id(
    waha: Simulator, send: Send, later: Callable[[], None], fault: dict[str, Any]
) -> None:
    waha.fault(path="/api/sendText", after=True, **fault)
    message = send("hello")

    deliver.deliver_due()
    after_the_post = state(message)
    later()
    deliver.deliver_due()

    assert after_the_post == ("pending", "unknown")
    assert (state(message), waha.accepted) == (("sent", "sent"), [(CARLA, "hello")])
    assert one_bubble(waha, message)


@pytest.mark.parametrize("kind", ["text", "file"])
def test_a_lost_answer_without_an_id_is_found_by_its_echo(
    webjs: WahaServer, waha: Simulator, send: Send, send_file: Send, apply_webhooks: Apply,
    later: Callable[[], None], kind: str,
) -> None:  # fmt: skip
    waha.fault(path="/api/send*", after=True, drop=True)
    message = send("hello") if kind == "text" else send_file(b"%PDF-1.4", "offer.pdf")

    deliver.deliver_due()
    before = state(message)
    apply_webhooks()
    later()
    deliver.deliver_due()

    assert before == ("pending", "unknown")
    assert (state(message), len(waha.accepted)) == (("sent", "sent"), 1)
    assert one_bubble(waha, message)


@pytest.mark.parametrize("kind", ["text", "file"])
def test_a_lost_answer_and_a_lost_echo_are_found_in_whatsapps_history(
    webjs: WahaServer, waha: Simulator, send: Send, send_file: Send, apply_webhooks: Apply,
    later: Callable[[], None], kind: str,
) -> None:  # fmt: skip
    waha.fault(path="/api/send*", after=True, drop=True)
    waha.webhook_faults(lose=1.0)
    message = send("hello") if kind == "text" else send_file(b"%PDF-1.4", "offer.pdf")

    deliver.deliver_due()
    later()
    deliver.deliver_due()

    assert (state(message), len(waha.accepted)) == (("sent", "sent"), 1)
    assert one_bubble(waha, message)


def test_history_gives_each_of_two_equal_sends_its_own(
    webjs: WahaServer, waha: Simulator, send: Send, later: Callable[[], None]
) -> None:
    waha.webhook_faults(lose=1.0)
    waha.fault(path="/api/sendText", after=True, drop=True, times=2)
    first, second = send("hello", token="t1"), send("hello", token="t2")
    deliver.deliver_due()
    later()

    deliver.deliver_due()

    bound = list(WahaMessage.objects.order_by("pk").values_list("message_id", flat=True))
    assert (state(first), state(second)) == (("sent", "sent"), ("sent", "sent"))
    assert sorted(bound) == sorted(sent.raw_id for sent in waha.sends)


@pytest.mark.parametrize("engine", ["NOWEB", "WEBJS"])
def test_a_send_that_never_arrived_is_shown_and_never_sent_again(
    server: WahaServer, request: pytest.FixtureRequest, send: Send, later: Callable[[], None],
    engine: str,
) -> None:  # fmt: skip
    server.engine = engine
    server.save(update_fields=["engine"])
    waha: Simulator = request.getfixturevalue("waha")
    waha.fault(path="/api/sendText", drop=True)
    message = send("hello")
    deliver.deliver_due()
    later()
    deliver.deliver_due()
    young = state(message)
    grow_old()

    for _ in range(5):
        deliver.deliver_due()
        later()

    message.refresh_from_db()
    assert (young, state(message)) == (("pending", "unknown"), ("unknown", "unknown"))
    assert waha.accepted == []
    assert message.error.startswith("WhatsApp was asked and does not know it")


def test_a_person_may_send_an_unknown_one_again_under_the_same_id(
    waha: Simulator, send: Send, olga: User
) -> None:
    waha.fault(path="/api/sendText", after=True, drop=True)
    waha.fault(path="*/messages/*", status=404)  # the look-up finds nothing
    message = send("hello")
    deliver.deliver_due()
    grow_old()
    deliver.deliver_due()
    shown = state(message)

    outbox.retry(message=message, by=olga)
    deliver.deliver_due()

    assert shown == ("unknown", "unknown")
    assert len({each.raw_id for each in waha.sends}) == 1
    assert one_bubble(waha, message)
    assert state(message) == ("sent", "sent")


def test_a_confirmed_one_takes_its_echo(
    webjs: WahaServer, waha: Simulator, send: Send, olga: User, apply_webhooks: Apply
) -> None:
    waha.fault(path="/api/sendText", after=True, drop=True)
    waha.fault(path="/api/support/chats/*", status=500, times=None)  # it cannot be looked up
    message = send("hello")
    deliver.deliver_due()
    grow_old()
    deliver.deliver_due()

    outbox.confirm(message=message, by=olga)
    confirmed = state(message)
    apply_webhooks()

    assert confirmed == ("sent", "unknown")
    assert one_bubble(waha, message)
    assert state(message) == ("sent", "sent")


def test_a_discarded_one_comes_back_as_what_it_is(
    webjs: WahaServer, waha: Simulator, send: Send, olga: User, apply_webhooks: Apply
) -> None:
    waha.fault(path="/api/sendText", after=True, drop=True)
    waha.fault(path="/api/support/chats/*", status=500, times=None)  # it cannot be looked up
    message = send("hello")
    deliver.deliver_due()
    grow_old()
    deliver.deliver_due()

    outbox.discard(message=message, by=olga)
    apply_webhooks()

    back = WahaMessage.objects.get()
    assert (back.pk == message.pk, back.content, back.message_id) == (
        False, "hello", waha.sends[0].raw_id,
    )  # fmt: skip


# -- an answer without an id


def test_an_answer_without_an_id_is_sent_and_bound_by_the_echo(
    webjs: WahaServer, waha: Simulator, send: Send, apply_webhooks: Apply,
    later: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    post = posting.post

    def silent(client: Any, parcel: posting.Parcel) -> Receipt:
        post(client, parcel)
        return Receipt(None, None)

    monkeypatch.setattr(posting, "post", silent)
    message = send("hello")

    deliver.deliver_due()
    later()
    deliver.deliver_due()
    answered = state(message)
    apply_webhooks()

    assert answered == ("sent", "unknown")
    assert one_bubble(waha, message)
    assert state(message) == ("sent", "sent")


def test_one_without_an_id_is_closed_after_a_day(
    webjs: WahaServer, waha: Simulator, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "post", lambda client, parcel: Receipt(None, None))
    message = send("hello")
    deliver.deliver_due()
    grow_old(2 * 86_400)

    deliver.deliver_due()

    assert state(message) == ("sent", "sent")


def test_a_worker_killed_after_whatsapp_took_it_sends_nothing_twice(
    waha: Simulator, send: Send, later: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die() -> None:
        raise Killed

    during_the_post(monkeypatch, die)
    message = send("hello")
    with pytest.raises(Killed):
        deliver.deliver_due()
    monkeypatch.undo()
    left = state(message)
    WahaOutbox.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    for _ in range(3):
        deliver.deliver_due()
        later()

    assert (left, state(message)) == (("pending", "sending"), ("sent", "sent"))
    assert waha.accepted == [(CARLA, "hello")]
    assert one_bubble(waha, message)
