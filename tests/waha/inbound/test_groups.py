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
from waha.outbound import composing

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


def test_member_told_under_both_addresses_apart_is_one(number: WahaSession) -> None:
    chat = WahaChat.objects.create(session=number, chat_id=GROUP, kind="group")
    now = timezone.now()
    groups.tell_some(chat.pk, [Seen(ANNA, "", "admin")], is_in=True, at=now)
    later = now + timedelta(seconds=1)
    groups.tell_some(chat.pk, [Seen(ANNA_PHONE, "", "")], is_in=False, at=later)

    groups.tell_pair(number.pk, ANNA, ANNA_PHONE)

    member = WahaGroupMember.objects.get()
    assert (member.address, member.phone, member.is_in, member.heard_at) == (
        ANNA, ANNA_PHONE, False, later,
    )  # fmt: skip


def test_lid_lends_no_phone(receive):
    receive(change("join", TOM, at=NOON))

    assert here() == [(TOM, "", "participant")]


def test_own_leaving_and_coming_back(receive):
    left = body("group.v2.leave", {"group": {"id": GROUP}, "timestamp": NOON * 1000}, at=NOON)
    receive(left)
    assert WahaGroup.objects.get().left_at is not None

    receive(joined({"id": ANNA}, at=NOON + 5), {**left, "id": "evt_again"})

    assert WahaGroup.objects.get().left_at is None


ME, MY_LID = "447700900001@c.us", "112233445566778@lid"  # as every envelope names them


def closed() -> str:
    """Why one cannot write, in a word."""
    reason = composing.closed_reason(WahaSession.objects.get(), WahaChat.objects.get())
    return {"": "", "Th": "gone", "On": "admins"}[reason[:2]]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_number_that_was_removed_cannot_write_until_it_is_back(receive, order):
    events = [
        joined({"id": ANNA, "role": "superadmin"}, {"id": MY_LID}, at=NOON),
        change("leave", MY_LID, at=NOON + 1),
        change("join", ANNA, at=NOON + 2),
    ]
    receive(*(events[index] for index in order))
    assert closed() == "gone"

    receive(change("join", MY_LID, at=NOON + 3))

    assert closed() == ""
    own = WahaGroupMember.objects.get(address=MY_LID)
    assert (own.phone, own.is_in) == (ME, True)


def test_number_that_left_by_itself_cannot_write_until_it_joins_again(receive):
    receive(joined({"id": MY_LID}, at=NOON))
    left = {"group": {"id": GROUP}, "timestamp": (NOON + 1) * 1000}
    receive(body("group.v2.leave", left, at=NOON + 1))
    assert closed() == "gone"

    receive(joined({"id": MY_LID}, at=NOON + 2))

    assert closed() == ""


def announces(on: bool, *, at: int):
    payload = {"group": {"id": GROUP}, "timestamp": at * 1000, "_data": {"announce": on}}
    return body("group.v2.update", payload, at=at)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_group_where_only_admins_write_is_closed_to_a_plain_member(receive, order):
    events = [
        joined({"id": ANNA, "role": "superadmin"}, {"id": MY_LID}, at=NOON),
        announces(False, at=NOON + 1),
        announces(True, at=NOON + 2),
    ]
    receive(*(events[index] for index in order))
    assert closed() == "admins"

    receive(change("promote", MY_LID, at=NOON + 3))
    assert closed() == ""
    receive(change("demote", MY_LID, at=NOON + 4, role="admin"))
    assert closed() == "admins"

    receive(announces(False, at=NOON + 5))

    assert closed() == ""


def test_own_role_that_nobody_told_closes_nothing(receive):
    receive(announces(True, at=NOON))

    assert closed() == ""


@pytest.mark.parametrize(
    ("only_admins", "role", "why"),
    [(True, "participant", "admins"), (True, "admin", ""), (False, "participant", "")],
)
def test_waha_is_asked_who_may_write(receive, number, waha: Simulator, only_admins, role, why):
    group = waha.world.directory.groups[GROUP]
    group.only_admins, group.own_role = only_admins, role
    receive(text("A1", chat=GROUP, name="Anna"))

    lookups.look_up_due()

    assert closed() == why


def test_waha_that_does_not_say_who_may_write_closes_nothing(receive, number, waha: Simulator):
    waha.fault(path="*/messages-admin-only", status=501)
    receive(text("A1", chat=GROUP, name="Anna"))

    assert lookups.look_up_due() == 1

    assert (closed(), len(here()) > 1) == ("", True)


def test_members_told_without_our_number_say_that_it_was_removed(receive, number, waha: Simulator):
    receive(text("A1", chat=GROUP, name="Anna"))
    lookups.look_up_due()
    assert closed() == ""
    waha.world.directory.groups[GROUP].own_role = "left"
    questions.want(number.pk, LookupKind.GROUP, WahaChat.objects.get().pk)

    lookups.look_up_due()

    assert closed() == "gone"


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


@pytest.mark.parametrize("left", [True, False])
def test_group_that_fails_for_ever_is_given_up_once_it_is_left(
    number: WahaSession, waha: Simulator, left: bool
):
    chat = WahaChat.objects.create(session=number, chat_id=GROUP, kind="group")
    groups.move(chat.pk, left=left, at=timezone.now())
    questions.want(number.pk, LookupKind.GROUP, chat.pk)
    waha.fault(path="*/groups/*", status=500, times=99)

    for _time in range(lookups.ATTEMPTS):
        WahaLookup.objects.filter(due_at__isnull=False).update(due_at=timezone.now())
        lookups.look_up_due()

    row = WahaLookup.objects.get()
    assert (row.due_at is None, row.last_error != "") == (left, True)


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
