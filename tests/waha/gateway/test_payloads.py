"""WAHA's messages become the dataclasses we expect, for every body we have."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.waha.gateway.samples import DATA, NOW, all_bodies, event_of, recorded, sample
from waha.gateway import payloads
from waha.gateway.payloads import (
    Card,
    CardPhone,
    ChatKind,
    IncomingMessage,
    Location,
    MessageKind,
    PayloadError,
    Poll,
    Quote,
)

pytestmark = pytest.mark.core


@pytest.mark.parametrize(("name", "body"), [pytest.param(n, b, id=n) for n, b in all_bodies()])
def test_every_body_parses_to_the_event_it_names(name, body):
    event = event_of(body)

    assert event.envelope.event == name.partition("/")[2].partition("--")[0]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("message--text", "text"),
        ("message--text-multiline-emoji", "text"),
        ("message--image", "image"),
        ("message--image-without-caption", "image"),
        ("message--image-s3", "image"),
        ("message--view-once-image", "image"),
        ("message--media-download-failed", "image"),
        ("message--document", "document"),
        ("message--document-with-caption", "document"),
        ("message--audio-file", "audio"),
        ("message--voice", "voice"),
        ("message--video", "video"),
        ("message--sticker", "sticker"),
        ("message--location", "location"),
        ("message--location-live", "location"),
        ("message--contact-card", "contact"),
        ("message--contact-cards", "contact"),
        ("message--poll-created", "poll"),
        ("message.waiting--webjs", "unsupported"),
    ],
)
def test_message_kind_is_told_without_a_type_field(name, kind):
    assert event_of(sample(name)).kind == kind


def test_text_message_has_every_field():
    body = sample("message--text")

    event = event_of(body)

    assert replace(event, envelope=None) == IncomingMessage(
        envelope=None,
        raw_id="3EB083F1535F99AB0BF4E9",
        from_me=False,
        chat="447700900123@c.us",
        chat_alt="",
        chat_kind=ChatKind.DIRECT,
        sender="447700900123@c.us",
        sender_alt="",
        sender_name="Anna Client",
        kind=MessageKind.TEXT,
        body="Hello, is my order ready?",
        media=None,
        location=None,
        cards=(),
        poll=None,
        quote=None,
        mentions=(),
        source="app",
        ack=2,
        at=datetime.fromtimestamp(1784800001, UTC),
        waiting=False,
    )


@pytest.mark.parametrize(
    ("name", "chat", "alt", "sender"),
    [
        ("message--text-lid", "223344556677889@lid", "447700900123@c.us", "447700900123@c.us"),
        (
            "message--text-lid--gows",
            "223344556677889@lid",
            "447700900123@c.us",
            "447700900123@c.us",
        ),
        ("message--text-lid--webjs", "223344556677889@lid", "", "223344556677889@lid"),
        ("message--text-lid-without-phone", "334455667788990@lid", "", "334455667788990@lid"),
        ("message--group-lid-participant", "120363025555555555@g.us", "", "447700900123@c.us"),
        ("message--group--gows", "120363025555555555@g.us", "", "447700900123@c.us"),
        ("message--group--webjs", "120363025555555555@g.us", "", "447700900123@c.us"),
        ("message.any--from-me-phone--webjs", "447700900123@c.us", "", ""),
        ("message.any--from-me-phone--gows", "447700900123@c.us", "", ""),
        ("message.any--from-me-group", "120363025555555555@g.us", "", "447700900001@c.us"),
        ("message--status-broadcast", "status@broadcast", "", "447700900123@c.us"),
    ],
)
def test_message_addresses_do_not_depend_on_the_engine(name, chat, alt, sender):
    event = event_of(sample(name))

    assert (event.chat, event.chat_alt, event.sender) == (chat, alt, sender)


def test_voice_note_has_its_length_and_size():
    media = event_of(sample("message--voice")).media

    assert (media.mimetype, media.seconds, media.size) == ("audio/ogg; codecs=opus", 7, 48213)
    assert media.path == "/api/files/sales-uk/3EB06654C734CCAB8F440F.oga"


def test_media_in_s3_has_no_path_on_waha():
    media = event_of(sample("message--image-s3")).media

    assert (media.path, media.in_s3, media.failed) == ("", True, False)
    assert media.url.startswith("https://s3.example.org/")


@pytest.mark.parametrize(
    ("name", "failed"),
    [("message--media-download-failed", True), ("message--media-not-downloaded", False)],
)
def test_media_without_address_tells_failed_from_not_tried(name, failed):
    media = event_of(sample(name)).media

    assert (media.path, media.url, media.failed) == ("", "", failed)


def test_view_once_is_told_from_the_wrapper_too():
    assert event_of(recorded("message--view-once-image")).media.view_once is True
    assert event_of(sample("message--view-once-image")).media.view_once is True
    assert event_of(sample("message--image")).media.view_once is False


def test_location_strings_become_degrees():
    assert event_of(sample("message--location")).location == Location(
        latitude=51.5072,
        longitude=-0.1276,
        live=False,
        name="Office",
        address="1 Example St, London",
        description="",
        url="",
    )


def test_contact_cards_give_names_and_phones():
    assert event_of(recorded("message--contact-card")).cards == (
        Card("Bernd Beispiel", (CardPhone("+44 7700 900222", "447700900222"),)),
    )


def test_poll_gives_question_and_options():
    assert event_of(sample("message--poll-created")).poll == Poll(
        "When suits you?", ("Monday", "Tuesday")
    )


@pytest.mark.parametrize("read", [sample, recorded], ids=["composed", "recorded"])
def test_reply_names_what_it_quotes(read):
    event = event_of(read("message--reply-to-image"))

    assert event.quote.participant == "447700900123@c.us"
    assert (event.quote.body, event.quote.kind, event.quote.has_media) == (
        "Photo of the damage",
        MessageKind.IMAGE,
        True,
    )


def test_reply_to_our_message_is_a_text_quote():
    assert event_of(sample("message--reply-to-our-message")).quote == Quote(
        "3EB09BDAB36ABD4002A5BA",
        "447700900001@c.us",
        "Shall we ship it?",
        MessageKind.TEXT,
        has_media=False,
    )


def test_mentions_are_normalised():
    assert event_of(sample("message--group-mention")).mentions == ("447700900001@c.us",)


@pytest.mark.parametrize(
    "timestamp", [0, -5, 99, 4102444800, 1784800001e9, "soon", None, [], True, "NaN", 10**400]
)
def test_implausible_time_gives_way_to_the_envelope(timestamp):
    body = sample("message--text")
    body["payload"]["timestamp"] = timestamp

    event = event_of(body)

    assert event.at == datetime.fromtimestamp(body["timestamp"] / 1000, UTC)


def test_message_may_be_dated_up_to_a_day_ahead():
    body = sample("message--text")
    body["payload"]["timestamp"] = int(NOW.timestamp()) + 86_000

    assert event_of(body).at == datetime.fromtimestamp(NOW.timestamp() + 86_000, UTC)


def test_message_with_a_bare_raw_id_finds_its_chat():
    body = sample("message.any--from-me-phone--webjs")
    body["payload"]["id"] = "3EB0236A1E1BC4BCD3015D"

    event = event_of(body)

    assert (event.chat, event.raw_id, event.from_me) == (
        "447700900123@c.us",
        "3EB0236A1E1BC4BCD3015D",
        True,
    )


@pytest.mark.parametrize(
    "value", [None, "", {}, [], "true__X", "x" * 300, "false_447@c.us_" + "x" * 300]
)
def test_message_without_a_usable_id_is_refused(value):
    body = sample("message--text")
    body["payload"] |= {"id": value, "from": None}

    with pytest.raises(PayloadError):
        event_of(body)


def test_event_without_payload_is_refused_with_a_sentence():
    body = sample("message--text") | {"payload": None}

    with pytest.raises(PayloadError, match=r"^The event has no payload\.$"):
        event_of(body)


def test_rest_history_gives_the_message_a_webhook_gave():
    answers = json.loads((DATA / "rest-responses.json").read_text())
    history = next(
        answer["response"]["body"]
        for answer in answers
        if "messages?limit=3" in answer["request"]["path"]
    )

    messages = [payloads.message_from_rest("default", row, received_at=NOW) for row in history]

    by_id = {message.raw_id: message for message in messages}
    webhook = event_of(recorded("message.any--from-me-api-reply"))
    again = by_id[webhook.raw_id]
    assert replace(again, envelope=None, ack=None, quote=None) == replace(
        webhook, envelope=None, ack=None, quote=None
    )
    assert (again.quote.raw_id, again.quote.body) == (webhook.quote.raw_id, webhook.quote.body)
