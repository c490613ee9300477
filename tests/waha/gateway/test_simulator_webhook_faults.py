"""Webhooks that go missing, come twice or come late, and what the simulator knows of it."""

import pytest

from tests.waha.gateway.playing import client_of, simulator

CHAT = "447700900123@c.us"


def test_duplicated_webhooks_are_the_same_to_the_byte(receiver):
    with simulator(receiver, events=("message.any",)) as waha:
        waha.webhook_faults(duplicate=1.0, copies=3)
        waha.say(CHAT, "Hello")
        waha.settle()

    assert len(receiver.deliveries) == 3
    assert len({one.body for one in receiver.deliveries}) == 1


def test_lost_webhooks_are_known_to_the_truth(receiver):
    with simulator(receiver, events=("message.any",), seed=3) as waha:
        waha.webhook_faults(lose=0.5)
        ids = [waha.say(CHAT, str(n)).split("_")[2] for n in range(40)]
        waha.settle()
        truth = waha.truth

    arrived = {one["payload"]["id"].split("_")[2] for one in receiver}
    lost = {one["messageId"] for one in truth["emitted"] if one["lost"]}
    assert arrived | lost == set(ids)
    assert not arrived & lost
    assert 5 < truth["lost"] < 35
    assert truth["delivered"] == len(arrived)
    assert [one["id"] for one in truth["customers"]] == ids


def test_reordered_webhooks_all_arrive(receiver):
    with simulator(receiver, events=("message.any",)) as waha:
        waha.webhook_faults(reorder=1.0, reorder_ms=200)
        texts = [str(n) for n in range(20)]
        for text in texts:
            waha.say(CHAT, text)
        waha.settle()

    arrived = [one["payload"]["body"] for one in receiver]
    assert sorted(arrived) == sorted(texts)
    assert arrived != texts


@pytest.mark.parametrize("how", ["session", "server"])
def test_silence_swallows_events_while_the_session_says_working(receiver, how):
    with simulator(receiver) as waha:
        if how == "session":
            waha.set_session(silent=True)
        else:
            waha.webhook_faults(silence=True)
        identity = waha.say(CHAT, "Hello?")
        waha.settle()

        assert client_of(waha).session("default").status == "WORKING"
        assert client_of(waha).message("default", CHAT, identity)["body"] == "Hello?"
    assert receiver.deliveries == []


def test_history_is_readable_but_never_emitted(receiver):
    with simulator(receiver) as waha:
        waha.say(CHAT, "An old one", timestamp=1_700_000_000, emit=False)
        waha.settle()

        assert len(client_of(waha).messages("default", CHAT)) == 1
    assert receiver.deliveries == []


def test_forgotten_config_sends_nothing_any_more(receiver):
    with simulator(receiver) as waha:
        waha.forget_config()
        waha.say(CHAT, "Hello")
        waha.settle()

        assert client_of(waha).session("default").config == {}
    assert receiver.deliveries == []
