"""The simulator's own routes, its customers' life, its memory and its command."""

import base64
import io
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from PIL import Image

from waha.gateway.client import Refused, WahaClient
from waha.gateway.simulator import Options, Preset, Retries, Simulator
from waha.gateway.simulator.media import make

CHAT = "447700900123@c.us"
GROUP = "120363025555555555@g.us"
ROOT = Path(__file__).parents[3]


@pytest.fixture
def admin(waha):
    with httpx.Client(base_url=waha.url, headers={"X-Api-Key": waha.api_key}) as http:

        def post(name, **body):
            answer = http.post(f"/_simulator/{name}", json=body)
            return answer.status_code, answer.json() if answer.content else None

        yield post


@pytest.mark.parametrize(
    "kind",
    [
        "text",
        "image",
        "sticker",
        "document",
        "voice",
        "audio",
        "video",
        "location",
        "contact",
        "poll",
        "unsupported",
    ],
)
def test_say_puts_a_message_of_every_kind_into_the_chat(client, admin, kind):
    status, answer = admin("say", chat=CHAT, kind=kind)

    message = client.message("default", CHAT, answer["id"])
    assert (status, message["id"]) == (201, answer["id"])
    assert message["id"] == f"false_{CHAT}_{answer['rawId']}"
    assert message["hasMedia"] is (
        kind in {"image", "sticker", "document", "voice", "audio", "video"}
    )
    assert (message["location"] is not None) is (kind == "location")
    assert (message["vCards"] is not None) is (kind == "contact")
    assert (message["body"] == "Hello") is (kind == "text")


def test_say_takes_the_file_that_is_given(client, admin):
    file = {
        "mimetype": "text/plain",
        "filename": "a.txt",
        "data": base64.b64encode(b"abc").decode(),
    }

    _, answer = admin("say", chat=CHAT, kind="document", file=file, text="caption")

    message = client.message("default", CHAT, answer["id"])
    with client.fetch_file(message["media"]["url"]) as stream:
        assert b"".join(stream) == b"abc"
    assert (message["body"], message["media"]["filename"]) == ("caption", "a.txt")


def test_say_in_a_group_names_the_member_under_both_addresses(client, waha):
    identity = waha.say(GROUP, "Hi", sender="223344556677124@lid")

    message = client.message("default", GROUP, identity)

    assert message["participant"] == "223344556677124@lid"
    assert message["_data"]["key"]["participantAlt"] == "447700900124@s.whatsapp.net"
    assert identity.endswith("_223344556677124@lid")


def test_say_can_keep_the_phone_behind_a_lid_to_itself(client, waha):
    identity = waha.say("223344556677889@lid", "Hi", know_alt=False)

    key = client.message("default", "all", identity)["_data"]["key"]

    assert "remoteJidAlt" not in key


def test_burst_says_many_things_at_once(waha, admin):
    wanted = [{"chat": f"4477009001{n}@c.us", "text": str(n)} for n in range(10, 60)]

    _, answer = admin("burst", messages=wanted)

    assert len(set(answer["ids"])) == 50
    assert len(waha.session().messages) == 50


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("say", {"session": "missing", "chat": CHAT}, 404),
        ("say", {"text": "no chat"}, 400),
        ("faults", {"no_such_field": 1}, 400),
        ("webhook-faults", {"no_such_field": 1}, 400),
        ("react", {"id": "missing", "reaction": "x"}, 404),
        ("no-such-route", {}, 404),
    ],
)
def test_nonsense_is_refused(admin, name, body, status):
    assert admin(name, **body)[0] == status


def test_read_turns_the_ticks_of_what_we_sent(client, waha, admin):
    sent = client.send_text("default", CHAT, "hello")

    assert admin("read", chat=CHAT) == (201, {"read": 1})
    assert admin("read", chat=CHAT) == (201, {"read": 0})

    assert client.message("default", CHAT, str(sent.full_id))["ackName"] == "READ"


def test_edit_and_revoke_change_the_history(client, waha, admin):
    identity = waha.say(CHAT, "helo")

    admin("edit", id=identity, text="hello")
    assert client.message("default", CHAT, identity)["body"] == "hello"
    admin("revoke", id=identity)

    assert client.message("default", CHAT, identity)["body"] is None


def test_session_can_be_logged_out_and_lose_its_config(client, waha, admin):
    admin("session", loggedOut=True)
    admin("forget-config")

    session = client.session("default")

    assert (session.status, session.me, session.config) == ("FAILED", None, {})
    with pytest.raises(Refused):
        client.send_text("default", CHAT, "x")


def test_faults_are_listed_used_up_and_cleared(client, waha, admin):
    admin("faults", path="/api/sendText", status=501, times=2)
    with httpx.Client(base_url=waha.url, headers={"X-Api-Key": waha.api_key}) as http:
        listed = http.get("/_simulator/faults").json()["rest"]
        for _ in range(2):
            with pytest.raises(Refused):
                client.send_text("default", CHAT, "x")
        assert http.get("/_simulator/faults").json()["rest"] == []
        admin("faults", path="*", status=503, times=None)
        http.delete("/_simulator/faults")

    client.send_text("default", CHAT, "y")

    assert [(one["path"], one["status"], one["times"]) for one in listed] == [
        ("/api/sendText", 501, 2)
    ]
    assert waha.truth["faultsInjected"] == 2


def test_fault_by_probability_hits_some_and_the_same_ones_for_a_seed():
    def hits(seed: int) -> list[bool]:
        with Simulator(seed=seed, acks=False) as waha:
            client = WahaClient(waha.url, waha.api_key)
            waha.fault(path="/api/sendText", status=422, times=None, probability=0.4)
            found = []
            for number in range(30):
                try:
                    client.send_text("default", CHAT, str(number))
                    found.append(False)
                except Refused:
                    found.append(True)
            return found

    first = hits(1)

    assert 3 < sum(first) < 25
    assert first == hits(1)
    assert first != hits(2)


def test_reset_starts_over(client, waha, admin):
    client.send_text("default", CHAT, "x")
    client.create_session("more", {}, start=False)
    waha.fault(path="*", status=503, times=None)

    assert admin("reset")[0] == 201

    assert [one.name for one in client.sessions()] == ["default"]
    assert client.messages("default", "all") == []
    assert waha.accepted == []


def test_sessions_and_messages_are_kept_between_two_runs(tmp_path):
    with Simulator(data=tmp_path, acks=False, speed=1000) as waha:
        client = WahaClient(waha.url, waha.api_key)
        client.create_session("sales", {"metadata": {"a": "b"}}, start=False)
        identity = waha.say(CHAT, "Remember me")

    with Simulator(data=tmp_path, acks=False) as waha:
        client = WahaClient(waha.url, waha.api_key)

        assert client.session("sales").config == {"metadata": {"a": "b"}}
        assert client.message("default", CHAT, identity)["body"] == "Remember me"


def test_people_can_come_from_a_file(tmp_path):
    file = tmp_path / "people.json"
    people = [{"name": "Zoë", "phone": "+447700900555"}]
    file.write_text(json.dumps({"people": people, "groups": []}))

    with Simulator(people=file, acks=False) as waha:
        waha.say("447700900555@c.us", "Hi")
        (chat,) = WahaClient(waha.url, waha.api_key).chats_overview("default")

    assert chat.name == "Zoë"


def test_lively_customers_write_type_and_answer(receiver, wait_for):
    retries = Retries("constant", 1, 0)
    with Simulator(webhook_url=receiver.url, lively=True, speed=400, retries=retries) as waha:
        client = WahaClient(waha.url, waha.api_key)
        for number in range(5):
            client.send_text("default", CHAT, str(number))
        replies = {"Vielen Dank für die schnelle Antwort!"}
        wait_for(lambda: replies & {one["payload"].get("body") for one in receiver})
        wait_for(lambda: len(waha.world.truth.customer_messages) > 20)
        wait_for(lambda: receiver.events("call.received"))
        # Before it ends: what it posts in that moment is cut.
        typing = [
            one["payload"]["presences"][0]["lastKnownPresence"]
            for one in receiver.events("presence.update")
        ]

    assert {"typing", "paused"} == set(typing)
    assert len({chat for _, chat, _ in waha.world.truth.customer_messages}) > 3


def test_lively_people_keep_to_their_own_number(tmp_path, wait_for):
    file = tmp_path / "people.json"
    people = [
        {"name": "Ann", "phone": "447700900555", "sessions": ["a"]},
        {"name": "Ben", "phone": "447700900556", "sessions": ["b"]},
    ]
    file.write_text(json.dumps({"people": people}))

    presets = (Preset("a"), Preset("b"))
    with Simulator(people=file, sessions=presets, lively=True, speed=2000) as waha:
        said = waha.world.truth.customer_messages
        wait_for(lambda: len({session for session, _, _ in said}) == 2 and len(said) > 15)

        assert {(session, chat) for session, chat, _ in said} == {
            ("a", "447700900555@c.us"),
            ("b", "447700900556@c.us"),
        }


def test_qr_is_scanned_by_itself_when_asked_to(wait_for):
    with Simulator(sessions=(Preset("new", "SCAN_QR_CODE"),), pair_after=5, speed=100) as waha:
        client = WahaClient(waha.url, waha.api_key)

        wait_for(lambda: client.session("new").status == "WORKING")

        assert client.me("new") is not None


@pytest.mark.parametrize(
    ("kind", "form"), [("image", "JPEG"), ("sticker", "WEBP"), ("document", None), ("voice", None)]
)
def test_files_of_customers_are_what_they_say(waha, kind, form):
    media = make(kind, waha.world.rng, "Invoice")

    if form:
        with Image.open(io.BytesIO(media.data)) as image:
            assert image.format == form
    else:
        assert media.data[:4] in {b"%PDF", b"OggS"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sales", Preset("sales")),
        ("sales:FAILED", Preset("sales", "FAILED")),
        ("sales:WORKING:447700900555:A: B", Preset("sales", "WORKING", "447700900555", "A: B")),
        ("sales::447700900555", Preset("sales", "WORKING", "447700900555")),
    ],
)
def test_preset_is_read_with_defaults(text, expected):
    assert Preset.parse(text) == expected


def test_simulator_is_on_loopback_unless_told_otherwise():
    assert Options().host == "127.0.0.1"


@pytest.mark.slow
def test_command_serves_until_it_is_told_to_stop():
    command = [sys.executable, "-W", "error", "manage.py", "waha_simulator", "--port", "0"]
    options = ["--api-key", "k", "--session", "sales:WORKING:447700900555:Sales"]
    process = subprocess.Popen(  # noqa: S603 (our own command)
        [*command, *options],
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout:
        first = process.stdout.readline()
        match = re.search(r"http://127\.0\.0\.1:\d+", first)
        assert match, first
        me = WahaClient(match[0], "k").me("sales")

        process.send_signal(signal.SIGINT)

        assert process.wait(10) == 0
        assert process.stdout.read() == "WAHA simulator stopped.\n"
    assert me is not None
    assert (me.id, me.push_name) == ("447700900555@c.us", "Sales")
