"""No bytes and no fields, however odd, get past the parser as anything but PayloadError."""

import copy
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from waha.gateway import payloads
from waha.gateway.payloads import PayloadError, decode, normalise, parse_message_id
from waha.gateway.payloads.text import clean, cut
from waha.gateway.payloads.vcards import parse_card

pytestmark = pytest.mark.core

DATA = Path(__file__).resolve().parents[2] / "data" / "waha"
NOW = datetime(2026, 11, 23, tzinfo=UTC)
BODIES = [json.loads(path.read_text()) for path in sorted((DATA / "webhooks").glob("*.json"))]

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(
        ["\ud83d", "a\x00b", "447@c.us", "x_y_z_w_v", "9" * 5000, "http://[", "%ff", 10**30, 1e308]
    )
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(value, path=()):
    """Every path in a body, parents before children."""
    yield path
    pairs = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value if isinstance(value, list) else [])
    )
    for key, child in pairs:
        yield from places(child, (*path, key))


@st.composite
def mutated(draw):
    body = copy.deepcopy(draw(st.sampled_from(BODIES)))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from([place for place in places(body) if place]))
        parent = body
        for key in path[:-1]:
            parent = parent[key]
        if isinstance(parent, dict) and draw(st.booleans()):
            parent.pop(path[-1])
        else:
            parent[path[-1]] = draw(JSON)
    return body


def outcome_of(call, *args, **kwargs):
    """What a call returns, or the sentence it refuses with."""
    try:
        return call(*args, **kwargs)
    except PayloadError as refusal:
        return str(refusal)


def texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from texts(item)
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            yield from texts(getattr(value, name))


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_mutated_body_parses_or_is_refused(body):
    outcome = outcome_of(payloads.parse, body, received_at=NOW)

    for text in texts(outcome):
        text.encode()
        assert "\x00" not in text


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_decode_or_are_refused(raw):
    outcome = outcome_of(decode, raw)

    assert isinstance(outcome, dict) or outcome.endswith(".")


@settings(max_examples=300, deadline=None)
@given(JSON)
def test_normalise_is_idempotent_and_never_raises(value):
    once = normalise(value)

    assert normalise(once) == once


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_any_card_text_is_read(text):
    card = parse_card(text)

    assert len(card.name) <= 255
    assert len(card.phones) <= 20


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "The body is not valid JSON (position 0)."),
        (b'{"a": NaN}', "The body is not valid JSON."),
        (b'{"a": -Infinity}', "The body is not valid JSON."),
        (b'{"a": ' + b"9" * 5000 + b"}", "The body is not valid JSON."),
        (b"\xff{}", "The body is not UTF-8 text."),
        (b"[]", "The body is JSON but not an object."),
        (b'{"a":' * 201 + b"1" + b"}" * 201, "The JSON is nested deeper than 200 levels."),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "The JSON is nested deeper than 200 levels."),
        (b'{"a": "b\x00"}', "The body is not valid JSON (position 8)."),
    ],
)
def test_decode_refuses_with_a_sentence(raw, sentence):
    with pytest.raises(PayloadError) as refusal:
        decode(raw)

    assert str(refusal.value) == sentence


def test_decode_takes_many_brackets_that_are_not_deep():
    raw = json.dumps({"rows": [{"n": [number]} for number in range(500)]}).encode()

    assert len(decode(raw)["rows"]) == 500


def test_half_an_emoji_does_not_lose_the_message():
    body = copy.deepcopy(next(body for body in BODIES if body["event"] == "message"))
    body["payload"]["body"] = "cut \ud83d here\x00"
    raw = json.dumps(body).encode()

    event = payloads.parse(decode(raw), received_at=NOW)

    assert event.body == "cut \ufffd here\ufffd"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("447700900123@s.whatsapp.net", "447700900123@c.us"),
        ("447700900123:7@s.whatsapp.net", "447700900123@c.us"),
        ("447700900123", "447700900123@c.us"),
        ("223344556677889:3@lid", "223344556677889@lid"),
        ("120363025555555555@g.us", "120363025555555555@g.us"),
        ("447700900001-1400000000@g.us", "447700900001-1400000000@g.us"),
        ("status@broadcast", "status@broadcast"),
        ("@c.us", ""),
        ("me", ""),
        (None, ""),
        ({}, ""),
    ],
)
def test_normalise_gives_one_spelling(address, expected):
    assert normalise(address) == expected


def test_message_id_keeps_underscores_of_the_participant():
    assert parse_message_id("false_1@g.us_RAW_2:4@lid").participant == "2@lid"


def test_phone_is_never_made_of_a_lid():
    assert payloads.phone_digits("223344556677889@lid") == ""
    assert payloads.phone_digits("447700900123@c.us") == "447700900123"


def test_text_is_cut_to_its_column():
    assert cut("x" * 256) == "x" * 254 + "…"
    assert cut("x" * 255) == "x" * 255
    assert clean("plain") == "plain"
