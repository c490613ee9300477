"""Who is behind a LID, where only WAHA's own list of pairs tells: asked, joined, asked again."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from crm.models import Contact, ContactIdentity, IdentityKind
from tests.waha.inbound.bodies import NOON, body, text
from waha import groups, questions
from waha.gateway.answers import LidPair
from waha.gateway.simulator import Simulator
from waha.gateway.simulator.state import Person
from waha.groups import Seen
from waha.inbound import drain, identities, lookups
from waha.inbound.apply import merge
from waha.inbox import reads
from waha.models import (
    ChatRead,
    EventState,
    LookupKind,
    WahaCall,
    WahaChat,
    WahaChatAddress,
    WahaEvent,
    WahaGroupMember,
    WahaLookup,
    WahaMessage,
    WahaSession,
)

pytestmark = [pytest.mark.django_db, pytest.mark.core]

PHONE, LID = "447700900123@c.us", "223344556677889@lid"
GROUP = "120363025555555555@g.us"
Receive = Callable[..., list[WahaEvent]]


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identities, "PAUSE", 0)


def webjs(raw: str, chat: str, *, at: int = NOON, from_me: bool = False) -> dict[str, Any]:
    """A text as WEBJS tells it: no other address in it anywhere."""
    ends = {"from": "447700900001@c.us", "to": chat} if from_me else {"from": chat}
    told = text(raw, at=at, chat=chat, from_me=from_me, **ends)
    told["payload"]["_data"] = {"notifyName": "Carla", "from": ends["from"], "type": "chat"}
    return told | {"engine": "WEBJS"}


def know(waha: Simulator, *, hidden: bool = False) -> None:
    """Let WAHA have met the person in its own messages."""
    person = Person("Anna Kunde", "447700900123", LID, hidden=hidden)
    waha.world.directory.people = {person.phone: person}
    for address in (LID, PHONE):
        waha.say(address, "Hello", session="support", emit=False)


def ask(kind: LookupKind = LookupKind.LID) -> WahaLookup:
    """Have the question of a kind asked now, with what it brings applied; returns its row."""
    WahaLookup.objects.update(due_at=None)
    WahaLookup.objects.filter(kind=kind).update(due_at=timezone.now())
    lookups.look_up_due()
    drain.drain_all()
    return WahaLookup.objects.get(kind=kind)


def threads() -> list[str]:
    return sorted(WahaChat.objects.values_list("chat_id", flat=True))


def rests(row: WahaLookup) -> int:
    """In how many hours it is asked again."""
    assert row.due_at is not None
    return round((row.due_at - timezone.now()) / timedelta(hours=1))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_chats_under_lid_and_phone_become_one(
    receive: Receive, waha: Simulator, users: dict[str, Any], order: tuple[int, int]
) -> None:
    both = [webjs("A1", LID), webjs("A2", PHONE, at=NOON + 1)]
    receive(*(both[index] for index in order), webjs("A3", LID, at=NOON + 2, from_me=True))
    for chat in WahaChat.objects.all():
        reads.mark_read(chat=chat, by=users["olga"])
    assert threads() == [LID, PHONE][:: 1 if LID < PHONE else -1]
    know(waha)

    ask()

    chat = WahaChat.objects.with_unread(users["olga"]).get()
    assert (chat.chat_id, chat.in_seq, chat.unread) == (PHONE, 2, 0)
    assert WahaMessage.objects.filter(chat=chat).count() == 3
    assert set(WahaChatAddress.objects.values_list("address", flat=True)) == {LID, PHONE}
    assert ask().due_at is None


def test_chat_that_is_alone_gets_its_phone_and_its_contact(
    receive: Receive, waha: Simulator, number: WahaSession
) -> None:
    contact = Contact.objects.create(name="Anna")
    identity = ContactIdentity(contact=contact, kind=IdentityKind.PHONE)
    identity.hold("+447700900123", private=False).save()
    missed = WahaCall.objects.create(
        session=number, call_id="C1", type="received", from_id=PHONE, started_at=timezone.now()
    )
    receive(webjs("A1", LID))
    know(waha)

    ask()

    chat = WahaChat.objects.get()
    assert (chat.chat_id, chat.contact) == (PHONE, contact)
    assert WahaCall.objects.get(pk=missed.pk).chat == chat
    assert set(contact.identities.values_list("kind", "value")) == {
        ("phone", "+447700900123"), ("lid", LID),
    }  # fmt: skip


def test_message_under_the_lid_finds_the_thread_of_the_phone_that_was_learnt_before(
    receive: Receive, waha: Simulator, number: WahaSession
) -> None:
    receive(webjs("A1", PHONE))
    know(waha)
    questions.keep_up(number)
    ask(LookupKind.LIDS)

    receive(webjs("A2", LID, at=NOON + 1))

    assert (threads(), WahaMessage.objects.count()) == ([PHONE], 2)


def test_lid_nobody_knows_stays_apart_and_is_asked_for_ever_more_seldom(
    receive: Receive, waha: Simulator
) -> None:
    receive(webjs("A1", LID), webjs("A2", PHONE, at=NOON + 1))
    know(waha, hidden=True)

    hours = [rests(ask()) for _time in range(9)]

    assert hours == [1, 24, 48, 96, 192, 384, 720, 720, 720]
    assert (len(threads()), lookups.look_up_due()) == (2, 0)


def test_word_of_waha_comes_late_and_is_taken(receive: Receive, waha: Simulator) -> None:
    receive(webjs("A1", LID), webjs("A2", PHONE, at=NOON + 1))
    know(waha, hidden=True)
    ask()
    know(waha)

    ask()

    assert threads() == [PHONE]


@pytest.mark.parametrize(("status", "hours"), [(404, 1), (422, 1), (501, 720), (500, 0), (429, 0)])
def test_waha_that_cannot_tell_is_left_in_peace(
    receive: Receive, waha: Simulator, status: int, hours: int
) -> None:
    receive(webjs("A1", LID))
    waha.fault(path="*/lids/*", status=status, times=99)

    row = ask()

    assert (threads(), lookups.look_up_due()) == ([LID], 0)
    if hours:
        assert (rests(row), row.last_error != "") == (hours, True)
        return
    for _time in range(lookups.ATTEMPTS - 1):
        row = ask()
    assert (rests(row) >= 1, row.last_error != "") == (True, True)


def test_question_of_a_number_that_is_not_connected_waits(
    receive: Receive, waha: Simulator, number: WahaSession
) -> None:
    receive(webjs("A1", LID))
    waha.set_session("support", status="STOPPED")

    assert ask().vain == 0

    assert WahaLookup.objects.get(kind=LookupKind.LID).due_at is not None


def test_all_pairs_are_read_page_by_page(
    receive: Receive, waha: Simulator, number: WahaSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identities, "PAGE", 3)
    people = [Person(f"P{n}", f"4477009002{n:02}", f"2200{n:02}@lid") for n in range(8)]
    waha.world.directory.people = {each.phone: each for each in people}
    for person in people:
        waha.say(person.lid, "Hello", session="support", emit=False)
    receive(*(webjs(f"A{n}", each.lid) for n, each in enumerate(people)))
    receive(webjs("B1", people[0].pn))
    questions.keep_up(number)

    row = ask(LookupKind.LIDS)

    assert (threads(), row.due_at, row.place) == (sorted(each.pn for each in people), None, 0)


def test_reading_all_pairs_goes_on_where_the_killed_worker_was(
    receive: Receive, waha: Simulator, number: WahaSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identities, "PAGE", 3)
    people = [Person(f"P{n}", f"4477009002{n:02}", f"2200{n:02}@lid") for n in range(8)]
    waha.world.directory.people = {each.phone: each for each in people}
    for person in people:
        waha.say(person.lid, "Hello", session="support", emit=False)
    receive(*(webjs(f"A{n}", each.lid) for n, each in enumerate(people)))
    questions.keep_up(number)
    really, pages = identities.learn, []

    def die_at_the_third(session: WahaSession, pairs: Any) -> int:
        pages.append(list(pairs))
        if len(pages) == 3:
            raise SystemExit
        return really(session, pages[-1])

    monkeypatch.setattr(identities, "learn", die_at_the_third)
    with pytest.raises(SystemExit):
        ask(LookupKind.LIDS)
    place = WahaLookup.objects.get(kind=LookupKind.LIDS).place
    ask(LookupKind.LIDS)

    assert (place, [len(page) for page in pages]) == (6, [3, 3, 2, 2])
    assert threads() == sorted(each.pn for each in people)


@pytest.mark.parametrize("answer", ["all", "same"])
def test_waha_that_knows_no_pages_is_read_once(
    receive: Receive, number: WahaSession, waha: Simulator, answer: str, monkeypatch: Any
) -> None:
    asked = []
    count = identities.PAGE + 1 if answer == "all" else 2
    pairs = [LidPair(f"22{n:04}@lid", f"4477008{n:05}@c.us") for n in range(count)]

    def lids(_client: Any, _session: str, *, limit: int, offset: int) -> list[LidPair]:
        asked.append(offset)
        return pairs

    monkeypatch.setattr("waha.gateway.client.WahaClient.lids", lids)
    receive(webjs("A1", "220001@lid"))
    questions.keep_up(number)

    ask(LookupKind.LIDS)

    assert asked == ([0] if answer == "all" else [0, 100])
    assert threads() == ["447700800001@c.us"]


def test_pairs_wait_while_much_is_to_be_applied(
    number: WahaSession, waha: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identities, "BACKLOG", -1)
    questions.keep_up(number)
    WahaLookup.objects.exclude(kind=LookupKind.LIDS).delete()

    lookups.look_up_due()

    row = WahaLookup.objects.get()
    assert (row.place, rests(row)) == (0, 0)


def test_strangers_of_the_list_make_no_chats(waha: Simulator, number: WahaSession) -> None:
    know(waha)
    questions.keep_up(number)

    ask(LookupKind.LIDS)

    assert (threads(), WahaEvent.objects.count()) == ([], 0)


@pytest.mark.parametrize(
    "pair",
    [
        {"lid": LID, "pn": LID},
        {"lid": PHONE, "pn": PHONE},
        {"lid": LID, "pn": "not a phone@c.us"},
        {"lid": LID, "pn": "120363@g.us"},
        {"lid": LID, "pn": None},
        {"lid": 7, "pn": ["x"]},
    ],
)
def test_odd_pair_tells_nothing(
    receive: Receive, number: WahaSession, pair: dict[str, Any]
) -> None:
    receive(webjs("A1", LID), webjs("A2", PHONE, at=NOON + 1))

    learnt = identities.learn(number, [(pair["lid"], pair["pn"])])
    (event,) = receive(body("sync.identity", pair))
    assert (learnt, len(threads()), event.state) == (0, 2, EventState.DEAD)


def test_nobody_is_taken_for_our_own_number(number: WahaSession, receive: Receive) -> None:
    receive(webjs("A1", LID), webjs("A2", number.me_id, at=NOON + 1))

    assert (identities.learn(number, [(LID, number.me_id)]), len(threads())) == (0, 2)


def test_join_that_dies_in_the_middle_is_done_by_the_next_drain(
    receive: Receive, waha: Simulator, users: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    receive(webjs("A1", LID), webjs("A2", PHONE, at=NOON + 1))
    for chat in WahaChat.objects.all():
        reads.mark_read(chat=chat, by=users["olga"])
    know(waha)

    def die(*_chats: Any) -> None:
        raise OperationalError(2013, "Lost connection to MySQL server during query")

    with monkeypatch.context() as broken:
        broken.setattr(merge, "_join_reads", die)
        with pytest.raises(OperationalError):
            ask()
    assert len(threads()) == 2
    WahaEvent.objects.update(due_at=timezone.now())
    drain.drain_all()

    chat = WahaChat.objects.with_unread(users["olga"]).get()
    assert (chat.chat_id, chat.in_seq, chat.unread) == (PHONE, 2, 0)
    assert ChatRead.objects.count() == 1


def test_members_of_a_group_are_asked_for_a_few_at_a_time(
    number: WahaSession, waha: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identities, "MEMBERS_A_TURN", 2)
    people = [Person(f"P{n}", f"4477009002{n:02}", f"2200{n:02}@lid") for n in range(3)]
    waha.world.directory.people = {each.phone: each for each in people}
    for person in people:
        waha.say(person.lid, "Hello", session="support", emit=False)
    chat = WahaChat.objects.create(session=number, chat_id=GROUP, kind="group")
    crowd = [Seen(each.lid, "", "participant") for each in people]
    groups.tell_all(chat.pk, [*crowd, Seen("99@lid", "", "")], at=timezone.now())
    questions.keep_up(number)
    monkeypatch.setattr("waha.gateway.client.WahaClient.lids", lambda *_a, **_k: [])
    ask(LookupKind.LIDS)

    places = [ask(LookupKind.MEMBERS).place > 0 for _turn in range(3)]

    phones = WahaGroupMember.objects.order_by("pk").values_list("phone", flat=True)
    assert list(phones) == [*(each.pn for each in people), ""]
    row = WahaLookup.objects.get(kind=LookupKind.MEMBERS)
    assert (places, rests(row)) == ([True, True, False], 1)


@pytest.mark.parametrize("wrote", [True, False])
def test_caller_without_a_chat_gets_a_phone(
    receive: Receive, waha: Simulator, number: WahaSession, wrote: bool
) -> None:
    if wrote:
        receive(webjs("A1", PHONE))
    know(waha)
    ring = {"id": "C1", "from": LID, "timestamp": NOON}

    receive(body("call.received", ring))
    ask(LookupKind.LIDS)

    call = WahaCall.objects.get()
    assert (call.from_id, call.chat_id) == (
        (LID, WahaChat.objects.get().pk) if wrote else (PHONE, None)
    )


def test_group_tells_who_its_members_are(receive: Receive, number: WahaSession) -> None:
    receive(webjs("A1", LID), webjs("A2", PHONE, at=NOON + 1))
    member = {"id": LID, "pn": PHONE, "role": "participant"}
    group = {"id": GROUP, "subject": "North", "participants": [member]}

    receive(body("group.v2.join", {"group": group, "timestamp": NOON * 1000}))

    assert threads() == sorted([GROUP, PHONE])


def test_writer_in_a_group_tells_who_they_are(receive: Receive) -> None:
    receive(webjs("A1", LID), webjs("A2", PHONE, at=NOON + 1))
    told = text("A3", at=NOON + 2, chat=GROUP, participant=LID)
    told["payload"]["_data"] = {"key": {"participantAlt": PHONE.replace("c.us", "s.whatsapp.net")}}

    receive(told)

    assert threads() == sorted([GROUP, PHONE])
