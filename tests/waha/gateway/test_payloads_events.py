"""Acks, edits, revokes, reactions, votes, and what happens around the messages."""

from datetime import UTC, datetime

import pytest

from tests.waha.gateway.samples import event_of, recorded, sample
from waha.gateway import payloads
from waha.gateway.payloads import AckLevel, GroupEvent, Member, MessageId

pytestmark = pytest.mark.core


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("error", AckLevel.FAILED),
        ("pending", AckLevel.PENDING),
        ("server", AckLevel.SENT),
        ("device", AckLevel.DELIVERED),
        ("read", AckLevel.READ),
        ("read--webjs", AckLevel.READ),
        ("read--gows", AckLevel.READ),
        ("played", AckLevel.PLAYED),
    ],
)
def test_ack_levels_become_words(name, level):
    event = event_of(sample(f"message.ack--{name}"))

    assert (event.level, event.from_me) == (level, True)


def test_unknown_ack_has_no_level():
    body = sample("message.ack--device")
    body["payload"] |= {"ack": None, "ackName": "UNKNOWN"}

    assert event_of(body).level is None


@pytest.mark.parametrize(
    ("name", "raw", "text"),
    [
        ("by-contact", "3EB083F1535F99AB0BF4E9", "Hello, is order 4711 ready?"),
        ("by-contact--webjs", "3EB0EDD2A0836ECC7B8204", "Hello, is order 4711 ready?"),
        ("by-us-api", "3EB09BDAB36ABD4002A5BA", "Shall we ship it today?"),
    ],
)
def test_edit_names_the_original_message(name, raw, text):
    event = event_of(sample(f"message.edited--{name}"))

    assert (event.raw_id, event.body) == (raw, text)


def test_edit_without_original_id_falls_back_to_the_protocol_message():
    body = sample("message.edited--by-contact")
    del body["payload"]["editedMessageId"]

    assert event_of(body).raw_id == "3EB083F1535F99AB0BF4E9"


@pytest.mark.parametrize(
    ("name", "raw", "from_me"),
    [
        ("by-contact", "3EB083F1535F99AB0BF4E9", False),
        ("by-contact--webjs", "3EB000673EF63B4EA2880E", False),
        ("by-us-api", "3EB09BDAB36ABD4002A5BA", True),
    ],
)
def test_revoke_names_the_message_taken_back(name, raw, from_me):
    event = event_of(sample(f"message.revoked--{name}"))

    assert (event.raw_id, event.from_me) == (raw, from_me)


def test_revoke_without_after_still_names_its_message():
    body = sample("message.revoked--by-contact")
    body["payload"]["after"] = None

    event = event_of(body)

    assert (event.raw_id, event.at) == ("3EB083F1535F99AB0BF4E9", event.envelope.at)


def test_reaction_names_target_and_author():
    event = event_of(sample("message.reaction--group"))

    assert event.target == MessageId(
        from_me=True,
        chat="120363025555555555@g.us",
        raw="3EB04DEF8F8E77ECA32ED2",
        participant="447700900001@c.us",
    )
    assert (event.by, event.emoji, event.removed) == ("223344556677889@lid", "😂", False)


def test_reaction_with_empty_text_is_a_removal():
    assert event_of(sample("message.reaction--removed")).removed is True


def test_reaction_time_may_be_a_float():
    at = event_of(sample("message.reaction--added--webjs")).at

    assert at == datetime.fromtimestamp(1784800055.853, UTC)


@pytest.mark.parametrize(
    ("passed_on", "expected"), [(0.2, 0.2), (0.6, 0.6), (30.0, 0.999), (-5.0, 0.0)]
)
def test_reactions_of_one_second_are_ordered_within_it(passed_on, expected):
    body = sample("message.reaction--added")
    body["timestamp"] = int((1784800050 + passed_on) * 1000)

    assert event_of(body).at == datetime.fromtimestamp(1784800050 + expected, UTC)


def test_edit_that_is_the_message_itself_is_dated_by_the_envelope():
    event = event_of(sample("message.edited--by-contact--webjs"))

    assert event.at == event.envelope.at


def test_poll_vote_times_agree_in_seconds_and_milliseconds():
    first = event_of(sample("poll.vote--single"))
    second = event_of(sample("poll.vote--single-seconds"))

    assert (first.at, first.options, first.poll.raw) == (second.at, second.options, second.poll.raw)


def test_session_status_is_dated_by_the_envelope():
    event = event_of(sample("session.status--failed"))

    assert (event.status, event.at) == ("FAILED", datetime.fromtimestamp(1784800079.123, UTC))


def test_call_without_caller_is_kept():
    event = event_of(sample("call.received--without-from"))

    assert (event.call_id, event.caller) == ("A1B2C3D4E5F60718293A4B5C6D7E8F90", "")


def test_group_join_gives_subject_and_members_in_both_forms():
    event = event_of(sample("group.v2.join"))

    assert (event.group, event.change, event.subject) == (
        "120363025555555555@g.us",
        GroupEvent.JOINED,
        "Project North",
    )
    assert event.members[0] == Member("223344556677889@lid", "447700900123@c.us", "superadmin")


def test_group_demotion_is_told_by_type_not_by_role():
    assert event_of(recorded("group.v2.participants--demote")).change == GroupEvent.MEMBERS_DEMOTED


def test_label_may_be_unknown():
    event = event_of(sample("label.chat.added--label-unknown"))

    assert (event.label_id, event.name, event.chat) == ("7", "", "447700900123@c.us")


def test_event_of_the_future_is_unknown():
    body = sample("message--text") | {"event": "group.v3.party"}

    assert event_of(body) == payloads.Unknown(event_of(body).envelope, "group.v3.party")
