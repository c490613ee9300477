"""Who is in a group: events in any order, what WAHA is asked, a group of a thousand."""

from datetime import timedelta
from itertools import permutations

import pytest
from django.utils import timezone

from tests.waha.inbound.bodies import NOON, body, text
from waha import groups, questions
from waha.gateway.simulator import Simulator
from waha.gateway.simulator.state import Group
from waha.groups import Seen
from waha.inbound import lookups
from waha.models import (
    LookupKind,
    WahaChat,
    WahaGroup,
    WahaGroupMember,
    WahaLabel,
    WahaLookup,
    WahaSession,
)

pytestmark = [pytest.mark.django_db, pytest.mark.core]

GROUP = "120363025555555555@g.us"
ANNA, ANNA_PHONE = "223344556677889@lid", "447700900123@c.us"
TOM = "223344556677124@lid"


def change(kind, *members, at, role="participant"):
    listed = [{"id": each, "role": role} for each in members]
    payload = {"type": kind, "group": {"id": GROUP}, "participants": listed}
    return body("group.v2.participants", payload | {"timestamp": at * 1000}, at=at)


def joined(*members, at):
    group = {"id": GROUP, "subject": "Project North", "participants": list(members)}
    return body("group.v2.join", {"group": group, "timestamp": at * 1000}, at=at)


def here() -> list[tuple[str, str, str]]:
    rows = WahaGroupMember.objects.filter(is_in=True).order_by("address")
    return list(rows.values_list("address", "phone", "role"))


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_members_end_the_same_in_any_order(receive, order):
    events = [
        joined({"id": ANNA, "pn": ANNA_PHONE, "role": "admin"}, {"id": TOM}, at=NOON),
        change("leave", TOM, at=NOON + 1),
        change("demote", ANNA, at=NOON + 2, role="admin"),
        change("leave", ANNA_PHONE, at=NOON - 1),
    ]

    for index in order:
        receive(events[index])

    assert here() == [(ANNA, ANNA_PHONE, "participant")]


def test_member_under_phone_and_lid_is_one(receive):
    receive(change("join", ANNA_PHONE, at=NOON))
    receive(joined({"id": ANNA, "pn": ANNA_PHONE, "role": "superadmin"}, at=NOON + 1))

    assert here() == [(ANNA, ANNA_PHONE, "superadmin")]
    assert WahaGroupMember.objects.count() == 1


def test_lid_lends_no_phone(receive):
    receive(change("join", TOM, at=NOON))

    assert here() == [(TOM, "", "participant")]


def test_own_leaving_and_coming_back(receive):
    left = body("group.v2.leave", {"group": {"id": GROUP}, "timestamp": NOON * 1000}, at=NOON)
    receive(left)
    assert WahaGroup.objects.get().left_at is not None

    receive(joined({"id": ANNA}, at=NOON + 5), {**left, "id": "evt_again"})

    assert WahaGroup.objects.get().left_at is None


def test_group_that_is_first_seen_is_asked_for(receive, number: WahaSession, waha: Simulator):
    receive(text("A1", chat=GROUP, name="Anna"))
    assert WahaLookup.objects.get().ref == WahaChat.objects.get().pk

    assert lookups.look_up_due() == 1

    chat, directory = WahaChat.objects.get(), waha.world.directory
    assert chat.name == "Forklift course, October"
    assert len(here()) == 1 + len(directory.groups[GROUP].members)
    assert [role for _lid, _phone, role in here()].count("superadmin") == 1
    assert WahaLookup.objects.get().due_at is None


def test_group_of_a_thousand_and_more_is_bounded(number: WahaSession):
    chat = WahaChat.objects.create(session=number, chat_id=GROUP, kind="group")
    crowd = [Seen(f"{22_000 + place}@lid", "", "participant") for place in range(2500)]

    groups.tell_all(chat.pk, crowd, at=timezone.now())

    assert WahaGroupMember.objects.count() == groups.MOST_MEMBERS


def test_who_is_no_longer_listed_has_left(number: WahaSession):
    chat = WahaChat.objects.create(session=number, chat_id=GROUP, kind="group")
    then, now = timezone.now() - timedelta(hours=1), timezone.now()
    groups.tell_all(chat.pk, [Seen(ANNA, "", "admin"), Seen(TOM, "", "")], at=then)

    groups.tell_all(chat.pk, [Seen(TOM, "", "")], at=now)
    groups.tell_all(chat.pk, [Seen(ANNA, "", "")], at=then)

    assert [address for address, *_rest in here()] == [TOM]


def test_question_waits_for_a_connected_number_and_a_waha_that_answers(
    number: WahaSession, waha: Simulator
):
    waha.world.directory.groups[GROUP] = Group(GROUP, "Found", ["447700900123"])
    chat = WahaChat.objects.create(session=number, chat_id=GROUP, kind="group")
    questions.want(number.pk, LookupKind.GROUP, chat.pk)
    number.status = "stopped"
    number.save()
    assert lookups.look_up_due() == 0
    number.status = "working"
    number.save()
    waha.fault(path="*/participants/v2", status=500, times=1)

    answered = [lookups.look_up_due()]
    WahaLookup.objects.update(due_at=timezone.now())
    answered.append(lookups.look_up_due())

    assert answered == [0, 1]


def test_group_that_waha_does_not_know_is_asked_for_once(number: WahaSession, waha: Simulator):
    chat = WahaChat.objects.create(session=number, chat_id="12036399@g.us", kind="group")
    questions.want(number.pk, LookupKind.GROUP, chat.pk)

    lookups.look_up_due()

    row = WahaLookup.objects.get()
    assert (row.due_at, row.answered_at is None, row.last_error == "") == (None, False, False)


def test_labels_are_read_from_waha_and_follow_it(receive, number: WahaSession, waha: Simulator):
    receive(text("A1", chat=ANNA_PHONE))
    lead = waha.add_label("Lead", session="support")
    paid = waha.add_label("Paid", session="support")
    waha.label_chat(ANNA_PHONE, lead, paid, session="support")
    questions.keep_up(number)
    lookups.look_up_due()
    assert [each["name"] for each in WahaChat.objects.get().labels] == ["Lead", "Paid"]

    waha.label_chat(ANNA_PHONE, paid, session="support")
    del waha.session("support").labels[lead]
    questions.want(number.pk, LookupKind.LABELS)
    lookups.look_up_due()

    assert [each["name"] for each in WahaChat.objects.get().labels] == ["Paid"]
    assert list(WahaLabel.objects.standing().values_list("name", flat=True)) == ["Paid"]


@pytest.mark.parametrize("kind", [LookupKind.LABELS, LookupKind.LIDS])
def test_what_a_number_knows_at_large_is_asked_for_every_six_hours(
    number: WahaSession, waha: Simulator, kind: LookupKind
):
    questions.keep_up(number)
    lookups.look_up_due()
    questions.keep_up(number)
    rows = WahaLookup.objects.filter(kind=kind)
    assert rows.get().due_at is None

    rows.update(answered_at=timezone.now() - timedelta(hours=7))
    questions.keep_up(number)

    assert rows.get().due_at is not None
