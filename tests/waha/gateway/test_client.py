"""Every call of the client, answered by the simulator."""

from datetime import UTC, datetime

import pytest

from waha.gateway.answers import LidPair, Me, NumberCheck, Participant, ServerVersion
from waha.gateway.client import (
    OutgoingContact,
    OutgoingFile,
    Refused,
    Unavailable,
    WahaClient,
)
from waha.gateway.simulator import Media, Preset, Simulator

CHAT = "447700900123@c.us"
LID = "223344556677889@lid"
GROUP = "120363025555555555@g.us"


def test_server_answers_with_version_and_engine(client):
    assert client.ping() is True
    assert client.server_version() == ServerVersion("2026.7.1", "NOWEB", "CORE")


def test_session_lives_from_creation_to_deletion(client, waha, wait_for):
    made = client.create_session("sales", {"metadata": {"team": "a"}})
    assert (made.name, made.status) == ("sales", "STARTING")
    assert client.me("sales") is None

    wait_for(lambda: client.session("sales").status == "SCAN_QR_CODE")
    assert client.qr_png("sales").startswith(b"\x89PNG")
    assert client.qr_value("sales").startswith("2@")
    assert len(client.request_code("sales", "447700900777")) == 9
    waha.scan("sales", phone="447700900777", push_name="Sales")
    wait_for(lambda: client.session("sales").status == "WORKING")
    assert client.me("sales") == Me("447700900777@c.us", "Sales", "11447700900777@lid")

    assert client.stop_session("sales").status == "STOPPED"
    assert [one.name for one in client.sessions()] == ["default", "sales"]
    assert [one.name for one in client.sessions(include_stopped=False)] == ["default"]
    client.start_session("sales")
    wait_for(lambda: client.session("sales").status == "WORKING")
    client.update_session("sales", {"metadata": {"team": "b"}})
    assert client.session("sales").config == {"metadata": {"team": "b"}}
    wait_for(lambda: client.session("sales").status == "WORKING")
    client.restart_session("sales")
    wait_for(lambda: client.session("sales").status == "WORKING")
    client.logout_session("sales")
    wait_for(lambda: client.session("sales").status == "SCAN_QR_CODE")
    assert client.session("sales").me is None
    client.delete_session("sales")
    with pytest.raises(Refused, match="does not know"):
        client.session("sales")


def test_qr_that_nobody_scans_ends_in_failed(wait_for):
    with Simulator(speed=2000, sessions=(Preset("lonely", "SCAN_QR_CODE"),)) as waha:
        client = WahaClient(waha.url, waha.api_key)

        wait_for(lambda: client.session("lonely").status == "FAILED")

        with pytest.raises(Refused) as caught:
            client.qr_png("lonely")
        assert (caught.value.code, caught.value.session_status) == ("state", "FAILED")


def test_send_text_with_a_reserved_id_uses_it(client, waha):
    identity = client.new_message_id("default")

    receipt = client.send_text("default", CHAT, "hello", message_id=identity)

    assert receipt.raw_id == identity
    assert receipt.full_id == f"true_{CHAT}_{identity}"
    assert [(one.raw_id, one.text, one.reserved) for one in waha.sends] == [
        (identity, "hello", True)
    ]


@pytest.mark.parametrize("engine", ["NOWEB", "GOWS", "WEBJS"])
def test_send_text_gives_the_ids_of_every_engine(engine):
    with Simulator(engine=engine, acks=False) as waha:
        client = WahaClient(waha.url, waha.api_key)

        receipt = client.send_text("default", CHAT, "hello")
        reserved = client.new_message_id("default")

        raw = waha.sends[0].raw_id
        assert (receipt.raw_id, receipt.full_id) == (raw, f"true_{CHAT}_{raw}")
        assert (reserved is None) is (engine == "WEBJS")


@pytest.mark.parametrize("engine", ["NOWEB", "GOWS", "WEBJS"])
def test_send_to_a_group_gives_the_raw_id(engine):
    with Simulator(engine=engine, acks=False) as waha:
        receipt = WahaClient(waha.url, waha.api_key).send_text("default", GROUP, "hello")

        assert receipt.raw_id == waha.sends[0].raw_id


def test_every_kind_of_send_reaches_whatsapp(client, waha):
    file = OutgoingFile("image/png", "plan.png", b"\x89PNG data")
    theirs = waha.say(CHAT, "A question")

    receipts = [
        client.send_text("default", CHAT, "text", reply_to=theirs),
        client.send_image("default", CHAT, file, caption="image"),
        client.send_file("default", CHAT, file, caption="file"),
        client.send_voice("default", CHAT, OutgoingFile("audio/ogg", "v.ogg", b"OggS")),
        client.send_video(
            "default", CHAT, OutgoingFile("video/mp4", "v.mp4", b"...."), caption="v"
        ),
        client.send_location("default", CHAT, latitude=52.5, longitude=13.4, title="Office"),
        client.send_contact("default", CHAT, [OutgoingContact("Bernd", "+44 7700 900222")]),
        client.send_poll("default", CHAT, name="When?", options=["Mon", "Tue"]),
    ]

    assert [(one.kind, one.text) for one in waha.sends] == [
        ("text", "text"),
        ("image", "image"),
        ("document", "file"),
        ("voice", ""),
        ("video", "v"),
        ("location", ""),
        ("contact", ""),
        ("poll", ""),
    ]
    assert [one.raw_id for one in waha.sends] == [one.raw_id for one in receipts]
    assert [one.reply_to for one in waha.sends][:2] == [theirs.split("_")[2], None]
    history = client.messages("default", CHAT)
    assert [one["id"] for one in history] == [one.full_id for one in reversed(receipts)] + [theirs]
    assert history[-2]["replyTo"]["id"] == theirs.split("_")[2]
    assert history[5]["media"]["filename"] == "plan.png"


def test_edit_react_and_delete_change_the_message(client, waha):
    sent = client.send_text("default", CHAT, "helo")
    assert sent.full_id

    edited = client.edit_message("default", CHAT, sent.full_id, "hello")
    client.react("default", sent.full_id, "👍")
    assert client.message("default", CHAT, sent.full_id)["body"] == "hello"
    client.delete_message("default", CHAT, sent.full_id)

    assert client.message("default", CHAT, sent.full_id)["body"] is None
    assert edited.raw_id != sent.raw_id
    assert len(waha.sends) == 1


def test_seen_typing_and_calls_are_passed_on(client, waha):
    theirs = waha.say(CHAT, "Hello?")
    client.send_seen("default", CHAT, message_ids=[theirs])
    client.start_typing("default", CHAT)
    assert waha.session().typing == {CHAT}
    client.stop_typing("default", CHAT)
    call = waha.call(CHAT, outcome="missed")
    client.reject_call("default", CHAT, call)

    assert waha.session().seen == [theirs]
    assert waha.session().typing == set()
    assert waha.truth["emitted"] == []
    assert waha.world.truth.rejected_calls == [call]


def test_messages_are_paged_and_bounded_by_time(client, waha):
    ids = [waha.say(CHAT, str(n), timestamp=1_790_000_000 + n) for n in range(5)]
    waha.say("447700900124@c.us", "other", timestamp=1_790_000_009)

    def found(chat: str = CHAT, **options):
        return [one["id"] for one in client.messages("default", chat, **options)]

    def moment(n: int) -> datetime:
        return datetime.fromtimestamp(1_790_000_000 + n, UTC)

    assert found() == ids[::-1]
    assert found(limit=2) == [ids[4], ids[3]]
    assert found(limit=2, offset=4) == [ids[0]]
    assert found(limit=2, offset=6) == []
    assert found(since=moment(3)) == [ids[4], ids[3]]
    assert found(until=moment(1)) == [ids[1], ids[0]]
    assert len(found("all")) == 6


def test_messages_of_one_person_are_found_under_both_addresses(client, waha):
    both = {waha.say(CHAT, "phone"), waha.say(LID, "lid")}

    assert {one["id"] for one in client.messages("default", CHAT)} == both
    assert {one["id"] for one in client.messages("default", LID)} == both


def test_message_that_is_not_there_is_refused(client):
    with pytest.raises(Refused) as caught:
        client.message("default", CHAT, "NOPE")

    assert caught.value.code == "missing"


def test_overview_and_contact_name_the_person(client, waha):
    waha.say(CHAT, "one")
    last = waha.say(CHAT, "two")

    (chat,) = client.chats_overview("default")
    contact = client.contact("default", CHAT)

    assert (chat.id, chat.name) == (CHAT, "Anna Kunde")
    assert chat.last_message is not None
    assert chat.last_message["id"] == last
    assert contact is not None
    assert (contact.id, contact.name, contact.number) == (CHAT, "Anna Kunde", "447700900123")
    assert client.contact("default", "447700900999@c.us") is None


@pytest.mark.parametrize(
    ("phone", "expected"),
    [
        ("447700900123", NumberCheck(True, "447700900123@c.us")),
        ("+447700900124", NumberCheck(True, "447700900124@c.us")),
        ("447700900000", NumberCheck(False, None)),
        ("5541912345678", NumberCheck(True, "554112345678@c.us")),
    ],
)
def test_check_exists_gives_the_chat_to_write_to(client, phone, expected):
    assert client.check_exists("default", phone) == expected


def test_lids_are_known_once_somebody_wrote(client, waha):
    assert client.lid_to_phone("default", LID) is None
    assert client.phone_to_lid("default", "447700900123") is None
    assert client.lids("default") == []

    waha.say(LID, "Hello")

    assert client.lid_to_phone("default", LID) == CHAT
    assert client.phone_to_lid("default", "447700900123") == LID
    assert client.lids("default") == [LidPair(LID, CHAT)]


def test_group_has_a_subject_and_participants_with_roles(client):
    people = client.group_participants("default", GROUP)

    assert client.group_subject("default", GROUP) == "Forklift course, October"
    assert people[0] == Participant("11447700900001@lid", "447700900001@c.us", "admin")
    assert [one.role for one in people[1:]] == ["superadmin", "participant", "participant"]


def test_fetch_file_streams_the_bytes_from_the_configured_base(client, waha):
    data = bytes(range(256)) * 1000
    identity = waha.say(CHAT, kind="document", file=Media("application/pdf", data, "a.pdf"))
    url = client.message("default", CHAT, identity)["media"]["url"]

    with client.fetch_file(url.replace(waha.url, "http://evil.example")) as stream:
        chunks = list(stream)

    assert b"".join(chunks) == data
    assert (stream.mimetype, stream.size) == ("application/pdf", len(data))
    assert len(chunks) > 1


def test_fetch_file_that_is_gone_comes_back_by_its_message():
    with Simulator(media_lifetime=0.05, acks=False) as waha:
        client = WahaClient(waha.url, waha.api_key)
        identity = waha.say(CHAT, kind="image", text="Photo")
        raw = identity.split("_")[2]
        path = f"/api/files/default/{raw}.jpeg"
        waha.session().messages[raw].media.published_at -= 1  # type: ignore[union-attr]

        with pytest.raises(Refused), client.fetch_file(path):
            pass
        assert client.message("default", CHAT, identity)["media"]["url"] is None
        again = client.message("default", CHAT, identity, download_media=True)

        assert again["media"]["url"] == waha.url + path


def test_fetch_file_without_the_key_is_refused(waha):
    waha.say(CHAT, kind="image", message_id="3AIMG")

    with (
        pytest.raises(Refused) as caught,
        WahaClient(waha.url, "no").fetch_file("/api/files/default/3AIMG.jpeg"),
    ):
        pass

    assert caught.value.code == "key"


def test_fetch_file_that_breaks_off_is_unavailable(client, waha):
    waha.say(CHAT, kind="image", message_id="3AIMG")
    waha.fault(path="/api/files/*", drop=True)

    with pytest.raises(Unavailable), client.fetch_file("/api/files/default/3AIMG.jpeg"):
        pass
