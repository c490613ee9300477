"""Edits, revokes, reactions and votes, in any order."""

from itertools import permutations

import pytest

from tests.waha.inbound.bodies import CUSTOMER, LID, NOON, body, reaction, text
from waha.models import WahaChat, WahaMessage, WahaReaction, WahaUpdate

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def edit(raw, words, *, at, from_me=False):
    identity = f"{str(from_me).lower()}_{CUSTOMER}_E{raw}{at}"
    payload = {"id": identity, "timestamp": at, "body": words, "editedMessageId": raw}
    return body("message.edited", payload | {"fromMe": from_me}, at=at)


def revoke(raw, *, at=NOON + 9, from_me=False, chat=CUSTOMER):
    identity = f"{str(from_me).lower()}_{chat}_V{raw}{at}"
    payload = {"after": {"id": identity, "timestamp": at, "fromMe": from_me}, "before": None}
    return body("message.revoked", payload | {"revokedMessageId": raw}, at=at)


def vote(raw, options, *, at, voter=CUSTOMER):
    return body(
        "poll.vote",
        {
            "vote": {
                "id": f"false_{voter}_V{at}",
                "fromMe": False,
                "selectedOptions": options,
                "timestamp": at * 1000,
            },
            "poll": {"id": f"true_{CUSTOMER}_{raw}", "fromMe": True},
        },
    )


ORDERS = list(permutations(range(3)))


@pytest.mark.parametrize("order", ORDERS)
def test_edits_end_in_the_newest_words(receive, order):
    events = [
        text("A1", "first"),
        edit("A1", "second", at=NOON + 1),
        edit("A1", "third", at=NOON + 2),
    ]

    for index in order:
        receive(events[index])

    message, chat = WahaMessage.objects.get(), WahaChat.objects.get()
    assert (message.content, chat.last_message_preview, chat.in_seq) == ("third", "third", 1)


@pytest.mark.parametrize("order", ORDERS)
def test_revoked_message_keeps_its_words_on_record(receive, order):
    events = [text("A1", "oops"), revoke("A1"), edit("A1", "oops!", at=NOON + 1)]

    for index in order:
        receive(events[index])

    message, chat = WahaMessage.objects.get(), WahaChat.objects.get()
    assert (message.content, message.revoked_at is None) == ("oops!", False)
    assert (chat.last_message_preview, chat.in_seq) == ("🚫", 1)


def test_admins_revoke_hits_another_members_message(receive):
    group = "120363025555555555@g.us"
    receive(text("A1", chat=group, participant=CUSTOMER), revoke("A1", chat=group, from_me=True))

    assert WahaMessage.objects.get().revoked_at is not None


@pytest.mark.parametrize("order", ORDERS)
def test_reaction_taken_back_stays_away(receive, order):
    receive(text("A1", from_me=True))
    events = [reaction("A1", "👍", at=NOON), reaction("A1", "🙏", at=NOON + 1)]
    events.append(reaction("A1", "", at=NOON + 2))

    for index in order:
        receive(events[index])

    assert WahaReaction.objects.count() == 0
    assert WahaReaction.with_removed.count() == 1


def test_reaction_delivered_again_later_is_no_newer(receive):
    receive(text("A1", from_me=True))
    first = reaction("A1", "👍", at=NOON)
    again = {**first, "id": "evt_again", "timestamp": (NOON + 40) * 1000}

    receive(first, reaction("A1", "", at=NOON + 1), again)

    assert WahaReaction.objects.count() == 0


def test_reaction_under_either_address_is_one_persons(receive):
    receive(text("A1", from_me=True), text("A2", chat=LID, alt=CUSTOMER))

    receive(reaction("A1", "👍", at=NOON), reaction("A1", "🙏", at=NOON + 1, chat=LID))

    assert list(WahaReaction.objects.values_list("sender_id", "emoji")) == [(CUSTOMER, "🙏")]


def test_reaction_made_before_the_phone_was_known_is_renamed_with_the_chat(receive):
    receive(text("A1", from_me=True, chat=LID), reaction("A1", "👍", chat=LID))

    receive(text("A2", chat=LID, alt=CUSTOMER))

    assert list(WahaReaction.objects.values_list("sender_id", "emoji")) == [(CUSTOMER, "👍")]


def test_reaction_tells_the_screens_that_its_message_changed(receive):
    receive(text("A1", from_me=True))
    WahaUpdate.objects.all().delete()

    receive(reaction("A1", "👍"))

    told = list(WahaUpdate.objects.values_list("kind", "ref"))
    assert told == [("change", WahaMessage.objects.get().pk)]


def test_reaction_before_its_message_waits_for_it(receive):
    (early,) = receive(reaction("A1", "👍"))

    receive(text("A1", from_me=True))

    assert (early.state, WahaReaction.objects.get().emoji) == ("parked", "👍")


@pytest.mark.parametrize("order", ORDERS)
def test_vote_is_a_persons_latest_choice(receive, order):
    poll = {"name": "When?", "options": [{"optionName": "Mon"}, {"optionName": "Tue"}]}
    data = {"message": {"pollCreationMessageV3": poll}}
    receive(text("A1", "", from_me=True, _data=data))
    votes = [vote("A1", options, at=NOON + n) for n, options in enumerate([["Mon"], [], ["Tue"]])]

    for index in order:
        receive(votes[index])

    standing = WahaMessage.objects.get().extra["poll"]["votes"]
    assert {voter: choice["options"] for voter, choice in standing.items()} == {CUSTOMER: ["Tue"]}
