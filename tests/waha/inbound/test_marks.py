"""Stars, pins, the archive and labels, in any order."""

from itertools import permutations

import pytest

from tests.waha.inbound.bodies import CUSTOMER, LID, NOON, body, text
from waha.models import WahaChat, WahaChatLabel, WahaLabel, WahaMark

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def mark(raw, kind="star", *, is_set=True, at=NOON, **fields):
    payload = {"messageId": f"false_{CUSTOMER}_{raw}", "kind": kind, "isSet": is_set, **fields}
    return body("own.mark", payload, at=at)


def archive(on, *, at):
    return body("chat.archive", {"id": CUSTOMER, "archived": on, "timestamp": at}, at=at)


def label(event, *, at, name="VIP", color="#dfaef0"):
    return body(event, {"id": "7", "name": name, "color": 3, "colorHex": color}, at=at)


def labelled(what, *, at, chat=CUSTOMER, name="VIP"):
    known = {"id": "7", "name": name, "color": 3, "colorHex": "#dfaef0"} if name else None
    return body(f"label.chat.{what}", {"labelId": "7", "chatId": chat, "label": known}, at=at)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_newest_word_on_a_star_stands(receive, order):
    events = [text("A1"), mark("A1", at=NOON + 1), mark("A1", is_set=False, at=NOON + 2)]

    for index in order:
        receive(events[index])

    assert WahaMark.objects.standing().count() == 0
    assert WahaMark.objects.count() == 1


def test_star_and_pin_stand_beside_each_other(receive):
    until = NOON + 10**9
    receive(text("A1"), mark("A1"), mark("A1", "pin", until=until), mark("A1"))

    kinds = WahaMark.objects.standing().values_list("kind", flat=True)
    assert sorted(kinds) == ["pin", "star"]


def test_pin_that_has_run_out_stands_no_more(receive):
    receive(text("A1"), mark("A1", "pin", until=NOON - 5))

    assert (WahaMark.objects.count(), WahaMark.objects.standing().count()) == (1, 0)


def test_mark_of_no_kind_is_dead_with_a_reason(receive):
    receive(text("A1"))

    (event,) = receive(mark("A1", "circle"))

    assert (event.state, "star" in event.last_error) == ("dead", True)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_archive_is_as_last_said(receive, order):
    events = [
        text("A1", at=NOON, from_me=True),
        archive(False, at=NOON + 1),
        archive(True, at=NOON + 2),
    ]

    for index in order:
        receive(events[index])

    assert WahaChat.objects.get().archived_at is not None


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_message_of_the_customer_brings_the_chat_back(receive, order):
    events = [archive(True, at=NOON), text("A1", at=NOON + 5)]

    for index in order:
        receive(events[index])

    assert WahaChat.objects.get().archived_at is None


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_labels_end_the_same_in_any_order(receive, order):
    events = [
        label("label.upsert", at=NOON),
        label("label.upsert", at=NOON + 3, name="Very important"),
        labelled("added", at=NOON + 1),
        text("A1"),
    ]

    for index in order:
        receive(events[index])

    assert [each["name"] for each in WahaChat.objects.get().labels] == ["Very important"]
    assert WahaLabel.objects.get().color == "#dfaef0"


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_label_taken_off_stays_off(receive, order):
    events = [
        labelled("added", at=NOON),
        labelled("deleted", at=NOON + 1),
        labelled("added", at=NOON),
    ]

    for index in order:
        receive(events[index])

    assert not WahaChatLabel.objects.filter(is_set=True).exists()
    assert not WahaChat.objects.get().labels


def test_deleted_label_goes_from_the_chats_and_keeps_its_name_on_record(receive):
    receive(label("label.upsert", at=NOON), labelled("added", at=NOON))
    assert WahaChat.objects.get().labels

    receive(label("label.deleted", at=NOON + 1, name=""))

    assert WahaChat.objects.get().labels == []
    assert (WahaLabel.objects.get().name, WahaLabel.objects.standing().count()) == ("VIP", 0)


def test_labels_stay_when_two_addresses_turn_out_to_be_one_person(receive):
    receive(text("A1", chat=LID), labelled("added", at=NOON, chat=LID), text("A2", chat=CUSTOMER))

    receive(text("A3", chat=LID, alt=CUSTOMER))

    chat = WahaChat.objects.get()
    assert (chat.chat_id, [each["name"] for each in chat.labels]) == (CUSTOMER, ["VIP"])


def test_stars_stay_when_two_addresses_turn_out_to_be_one_person(receive):
    receive(text("A1", chat=CUSTOMER), mark("A1"), text("A2", chat=LID))

    receive(text("A3", chat=LID, alt=CUSTOMER))

    assert WahaMark.objects.standing().get().chat_id == WahaChat.objects.get().pk
