"""The webhooks the simulator sends, held to the schema and to what a real WAHA sent."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.waha.gateway import schema
from tests.waha.gateway.playing import ONCE, client_of, simulator
from tests.waha.gateway.receiver import Receiver
from waha.gateway.client import OutgoingContact, OutgoingFile
from waha.gateway.signing import verify
from waha.gateway.simulator import Options, Preset, Retries, Simulator
from waha.gateway.simulator.webhooks import Target

CHAT = "447700900123@c.us"
LID = "223344556677889@lid"
GROUP = "120363025555555555@g.us"


def say(chat: str = CHAT, text: str | None = None, **options: Any) -> Callable[[Simulator], object]:
    return lambda waha: waha.say(chat, text, **options)


def send_reply(waha: Simulator) -> None:
    client_of(waha).send_text("default", CHAT, "yes", reply_to=waha.say(CHAT, "ready?"))


def edit_own(waha: Simulator) -> None:
    client = client_of(waha)
    sent = client.send_text("default", CHAT, "helo")
    client.edit_message("default", CHAT, str(sent.full_id), "hello")


def delete_own(waha: Simulator) -> None:
    client = client_of(waha)
    client.delete_message("default", CHAT, str(client.send_text("default", CHAT, "x").full_id))


def tick_in_group(waha: Simulator) -> None:
    client_of(waha).send_text("default", GROUP, "hello all")
    waha.read(GROUP)


def tick(waha: Simulator) -> None:
    client_of(waha).send_text("default", CHAT, "hello")
    waha.read(CHAT, ack=2)


# The recorded request, and what makes the simulator send the same.
SAME: dict[str, Callable[[Simulator], object]] = {
    "message.any--text": say(text="Hello"),
    "message--text-lid": say(LID, "Hello"),
    "message.any--image": say(text="Photo", kind="image"),
    "message--document": say(kind="document"),
    "message--video": say(kind="video", text="clip"),
    "message--sticker": say(kind="sticker"),
    "message--location": say(kind="location"),
    "message--contact-card": say(kind="contact"),
    "message.any--poll-created": say(kind="poll"),
    "message--group-lid-participant": say(GROUP, "Hi all", sender=LID),
    "message.any--group-lid-participant": say(GROUP, "Hi all", sender=LID),
    "message--reply-to-text": lambda waha: waha.say(CHAT, "yes", reply_to=waha.say(CHAT, "ready?")),
    "message.any--from-me-api-text": lambda waha: client_of(waha).send_text("default", CHAT, "x"),
    "message.any--from-me-api-reply": send_reply,
    "message.any--from-me-api-location": lambda waha: client_of(waha).send_location(
        "default", CHAT, latitude=1.0, longitude=2.0, title="Here"
    ),
    "message.any--from-me-api-contact": lambda waha: client_of(waha).send_contact(
        "default", CHAT, [OutgoingContact("Bernd", "+44 7700 900222")]
    ),
    "message.ack--device": tick,
    "message.ack.group--read": tick_in_group,
    "message.edited--by-contact": lambda waha: waha.edit(waha.say(CHAT, "helo"), "hello"),
    "message.edited--by-me-api": edit_own,
    "message.revoked--by-me-api": delete_own,
    "message.reaction--removed": lambda waha: waha.react(waha.say(CHAT, "x"), ""),
    "session.status--failed": lambda waha: waha.set_session(loggedOut=True),
    "call.received--video": lambda waha: waha.call(CHAT, video=True, outcome="missed"),
    "presence.update--offline": lambda waha: waha.show_presence(CHAT, "offline"),
}
# What the engine keeps of a file or a call differs from one to the next.
ENGINE_ONLY = {"_data"}
TEXT_NODES = {"conversation", "extendedTextMessage"}


def keys(value: Any, depth: int = 0) -> Any:
    if not isinstance(value, dict) or depth > 3:
        return None
    return {
        key: None if key in ENGINE_ONLY else keys(one, depth + 1)
        for key, one in value.items()
        if key not in {"location", "environment"}
    }


def nodes(data: dict[str, Any]) -> set[str]:
    """What kind of message it is; WhatsApp writes a plain text in either of two ways."""
    return {"text" if one in TEXT_NODES else one for one in data.get("message", {})}


@pytest.mark.parametrize("name", SAME)
def test_webhook_has_the_keys_of_the_recorded_one(receiver, name):
    path = schema.DATA / "recorded" / f"{name}.json"
    recorded = json.loads(json.loads(path.read_text())["body_utf8"])

    with simulator(receiver) as waha:
        SAME[name](waha)
        waha.settle()

    sent = receiver.events(recorded["event"])
    # Replies, edits and own sends follow the message they are about.
    (got,) = [one for one in sent if one["payload"].get("body") != "ready?"] or [None]
    assert got is not None
    if recorded["me"] and name != "session.status--failed":
        assert keys(got) == keys(recorded)
    else:
        assert keys(got["payload"]) == keys(recorded["payload"])
    assert list(got)[:4] == ["id", "timestamp", "event", "session"]
    if "_data" in recorded["payload"] and recorded["event"].startswith("message"):
        ours, theirs = (one["payload"]["_data"] for one in (got, recorded))
        assert set(ours.get("key", {})) >= {"remoteJid", "fromMe", "id"}
        assert nodes(ours) == nodes(theirs)


@pytest.mark.parametrize("engine", ["NOWEB", "GOWS", "WEBJS"])
def test_every_webhook_fits_the_tolerant_schema(receiver, engine):
    with simulator(receiver, engine=engine) as waha:
        for name, action in SAME.items():
            if engine == "NOWEB" or not name.startswith("session"):
                action(waha)
            if name.startswith("session"):
                waha.set_session(status="WORKING")
        for kind in ("voice", "audio", "unsupported"):
            waha.say(CHAT, kind=kind)
        file = OutgoingFile("image/png", "a.png", b"\x89PNG")
        client_of(waha).send_image("default", CHAT, file, caption="plan")
        client_of(waha).send_voice("default", GROUP, file)
        client_of(waha).send_poll("default", CHAT, name="When?", options=["Mon", "Tue"])
        waha.revoke(waha.say(CHAT, "oops"))
        waha.call(CHAT, outcome="accepted", ring=0.01)
        waha.call(CHAT, outcome="rejected", anonymous=True, ring=0.01)
        waha.say(CHAT, "from our own phone", from_me=True)
        waha.settle()

    seen = Counter(one["event"] for one in receiver)
    assert len(seen) >= 10
    assert [schema.webhook_problems(one) for one in receiver] == [[]] * len(receiver.deliveries)


def test_webhook_is_signed_over_its_exact_bytes(receiver):
    with simulator(receiver) as waha:
        waha.say(CHAT, "Grüße 👍 שלום")
        waha.settle()

    for delivery in receiver.deliveries:
        headers = delivery.headers
        signature, algorithm = headers["x-webhook-hmac"], headers["x-webhook-hmac-algorithm"]
        assert verify([waha.hmac_key], delivery.body, signature, algorithm)
        assert headers["x-webhook-timestamp"] == str(delivery.envelope["timestamp"])
        assert headers["user-agent"] == "WAHA/2026.7.1"
        assert "Grüße 👍 שלום".encode() in delivery.body
    assert len(receiver.deliveries) == 2


def test_message_and_message_any_share_an_envelope_id(receiver):
    with simulator(receiver) as waha:
        waha.say(CHAT, "Hello")
        waha.settle()

    assert sorted(one["event"] for one in receiver) == ["message", "message.any"]
    assert len({one["id"] for one in receiver}) == 1


def test_preset_events_leave_out_message(receiver):
    with simulator(receiver, events=Options().events) as waha:
        waha.say(CHAT, "Hello")
        waha.settle()

    assert [one["event"] for one in receiver] == ["message.any"]


def test_retries_repeat_the_same_bytes_until_a_2xx(receiver):
    receiver.answers = [500, 404, 200]

    with simulator(receiver, events=("message.any",), retries=Retries("constant", 1, 5)) as waha:
        waha.say(CHAT, "Hello")
        waha.settle()
        (emission,) = waha.emissions

    headers = ("x-webhook-request-id", "x-webhook-timestamp", "x-webhook-hmac")
    seen = {(one.body, *(one.headers[name] for name in headers)) for one in receiver.deliveries}
    assert (len(receiver.deliveries), len(seen)) == (3, 1)
    assert (emission.attempts, emission.delivered, emission.dead) == (3, 1, False)


def test_event_is_dropped_when_attempts_run_out(receiver):
    receiver.answers = [503] * 9

    with simulator(receiver, events=("message.any",), retries=Retries("linear", 0.1, 2)) as waha:
        waha.say(CHAT, "Hello")
        waha.settle()
        (emission,) = waha.emissions

    assert len(receiver.deliveries) == 3
    assert (emission.attempts, emission.delivered, emission.dead) == (3, 0, True)


@pytest.mark.parametrize(
    ("policy", "pauses"),
    [
        ("constant", [1, 1, 1]),
        ("linear", [1, 2, 3]),
        ("exponential", [2, 4, 8]),
    ],
)
def test_pauses_between_retries_follow_the_policy(policy, pauses):
    retries = {"policy": policy, "delaySeconds": 1, "attempts": 3}
    target = Target.read({"url": "http://crm/{session}/", "retries": retries}, "sales")

    assert [target.pause(retry, 0.0) for retry in (1, 2, 3)] == pauses
    assert target.url == "http://crm/sales/"


def test_pause_of_the_exponential_policy_has_jitter():
    target = Target.read({"url": "http://crm", "retries": {"policy": "exponential"}}, "x")

    assert target.pause(1, 1.0) == pytest.approx(target.pause(1, 0.0) * 1.2)


def test_retry_waits_as_long_as_the_receiver_asks(receiver):
    receiver.answers, receiver.retry_after = [503], "3"

    with simulator(receiver, events=("message.any",), retries=Retries("constant", 0, 5)) as waha:
        waha.say(CHAT, "Hello")
        waha.settle()

    first, second = receiver.deliveries
    assert 0.25 < second.at - first.at < 2


def test_global_webhook_comes_on_top_of_the_sessions(receiver):
    with simulator(receiver, events=("message.any",), global_webhook_url=receiver.url) as waha:
        waha.say(CHAT, "Hello")
        waha.settle()

    assert [one["event"] for one in receiver] == ["message.any"] * 2


def test_echo_comes_before_the_answer_in_about_half_of_the_sends(receiver, wait_for):
    before = 0
    with simulator(receiver, events=("message.any",), seed=7) as waha:
        client = client_of(waha)
        for number in range(60):
            client.send_text("default", CHAT, str(number))
            before += any(one["payload"]["body"] == str(number) for one in receiver)
        wait_for(lambda: len(receiver.deliveries) == 60)

    assert 15 < before < 45
    bodies = Counter(one["payload"]["body"] for one in receiver)
    assert bodies == Counter(str(number) for number in range(60))
    assert {one["payload"]["source"] for one in receiver} == {"api"}


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_echo_share_can_be_chosen(receiver, share):
    with simulator(receiver, events=("message.any",), echo_first=share) as waha:
        client_of(waha).send_text("default", CHAT, "hello")

        assert len(receiver.deliveries) == int(share)


def test_acks_follow_a_send(receiver, wait_for):
    with simulator(receiver, events=("message.ack",), acks=True, speed=100) as waha:
        sent = client_of(waha).send_text("default", CHAT, "hello")
        wait_for(lambda: len(receiver.deliveries) == 3)

    assert [one["payload"]["ack"] for one in receiver] == [1, 2, 3]
    assert {one["payload"]["id"] for one in receiver} == {sent.full_id}


def test_session_tells_of_its_states(receiver, wait_for):
    preset = Preset("sales", "SCAN_QR_CODE", "447700900555", "Sales")
    with simulator_of(preset, receiver) as waha:
        wait_for(lambda: receiver.events("session.status")[-1:] and scanning(receiver))
        waha.scan("sales")
        wait_for(lambda: receiver.events("session.status")[-1]["payload"]["status"] == "WORKING")

    states = [one["payload"]["status"] for one in receiver]
    assert states[:2] == ["STARTING", "SCAN_QR_CODE"]
    assert states[-2:] == ["STARTING", "WORKING"]
    assert receiver.events("session.status")[0]["me"] is None
    assert receiver.events("session.status")[-1]["me"]["id"] == "447700900555@c.us"
    assert len(receiver.events("session.status")[-1]["payload"]["statuses"]) == 3


def simulator_of(preset: Preset, receiver: Receiver) -> Simulator:
    return Simulator(
        webhook_url=receiver.url,
        events=("session.status",),
        retries=ONCE,
        sessions=(preset,),
        speed=20.0,
    )


def scanning(receiver: Receiver) -> bool:
    return bool(receiver.events("session.status")[-1]["payload"]["status"] == "SCAN_QR_CODE")


def test_reachout_lock_is_told_while_the_session_keeps_working(receiver):
    with simulator(receiver) as waha:
        waha.set_session(reachoutLocked=True)
        waha.settle()
        waha.set_session(reachoutLocked=False)
        waha.settle()

    payloads = [one["payload"] for one in receiver.events("session.status")]
    assert [one["status"] for one in payloads] == ["WORKING", "WORKING"]
    assert [one["data"]["reachoutTimelock"]["isActive"] for one in payloads] == [True, False]
    assert [schema.webhook_problems(one) for one in receiver] == [[], []]
