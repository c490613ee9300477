"""The same people under a phone and a LID, whose belonging together is told at random moments.

Some had written under both before anybody knew, and colleagues had read it. Of some an event
tells, of some WAHA only when it is asked, of some nobody ever. Each ends with one thread, or two
where nobody can know, and nothing in it twice or unread that was read.
"""

import random
import threading
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, connections

from mercury.ops.seeding.factories import make_session, make_user
from tests.faults.bodies import Body
from tests.faults.deliveries import KEY, Deliveries, encode
from tests.faults.machine import Machine, until
from tests.faults.report import Report
from tests.waha.inbound.bodies import ME, NOON, ack, body, text
from waha import questions, servers
from waha.gateway.simulator import Preset, Simulator
from waha.gateway.simulator.state import Person as Customer
from waha.inbox import reads
from waha.models import (
    ChatRead,
    EventState,
    LookupKind,
    SessionStatus,
    WahaChat,
    WahaChatAddress,
    WahaEvent,
    WahaLookup,
    WahaMessage,
    WahaReaction,
    WahaSession,
)

PEOPLE, KILLS, WORKER_KILLS = 200, 5, 2
# How it gets known: by an event; by WAHA's list; by asking for one who is new; never.
TOLD, LISTED, ASKED, NEVER = "told", "listed", "asked", "never"
SHARES = {TOLD: 50, LISTED: 25, ASKED: 15, NEVER: 10}
BEFORE, AFTER, ANSWERS = 4, 8, 3
WAITING = (EventState.NEW, EventState.PARKED)


@dataclass
class Person:
    """Both addresses, and what they and we have written: {raw id: whether it is ours}."""

    phone: str
    lid: str
    known_by: str
    wrote: dict[str, bool] = field(default_factory=dict)
    after: int = 0
    reacted: str = ""

    def address(self, rng: random.Random) -> str:
        return rng.choice((self.phone, self.lid))


def run(machine: Machine, *, seed: int, scale: float = 1.0) -> Report:
    """Two waves: what is read before anybody knows, and what comes while it gets known."""
    name = f"addresses-{seed}"
    with Simulator(
        port=urlsplit(settings.WAHA_URL).port or 0,
        api_key=settings.WAHA_API_KEY,
        hmac_key=KEY,
        engine="WEBJS",
        sessions=(Preset(name, phone=str(ME["id"]).split("@")[0]),),
    ) as waha:
        return _run(machine, waha, name, random.Random(seed), seed, scale)


def _run(
    machine: Machine, waha: Simulator, name: str, rng: random.Random, seed: int, scale: float
) -> Report:
    session = make_session(
        name=name, server=servers.first_server(), hmac_key=KEY, status=SessionStatus.WORKING,
        phone="",
    )  # fmt: skip
    reader, other = make_user(), make_user()
    shares = rng.choices(list(SHARES), list(SHARES.values()), k=int(PEOPLE * scale))
    people = [
        Person(f"4477{60 + seed:02}{number:06}@c.us", f"{7000 + seed}{number:011}@lid", known_by)
        for number, known_by in enumerate(shares, start=1)
    ]
    first = Deliveries(machine.port, session.name, _coded(_before(people, rng), session))
    first.run()
    settled = _wait(session)
    for chat in WahaChat.objects.filter(session=session):
        reads.mark_read(chat=chat, by=reader)
    parted = WahaChat.objects.filter(session=session).count()
    asked = until(lambda: not _unasked(session), seconds=240)

    events = _after(people, rng)
    copies = [event for event in events for _ in range(rng.randint(1, 3))]
    rng.shuffle(copies)
    second = Deliveries(machine.port, session.name, _coded(copies, session))
    machine.forget_kills()
    _let_know(waha, name, people)
    # As when the number connects: its list is read page by page.
    questions.want(session.pk, LookupKind.LIDS)
    readers = Readers(session, other, rng)
    second.start()
    readers.start()
    for number in range(1, KILLS + 1):
        second.wait_for(number / (KILLS + 1) * len(copies))
        machine.restart("drain")
        if number <= WORKER_KILLS:
            machine.restart("worker")
    second.join()
    # Whoever was asked for while a killed worker held the question is due when its lease ends.
    until(lambda: not _apart(session, people), seconds=300)
    settled = _wait(session) and settled and asked
    readers.stop()
    return _report(machine, session, people, (first, second), reader, readers, settled, parted)


def _let_know(waha: Simulator, name: str, people: list[Person]) -> None:
    """Let WAHA know who is behind the LIDs of those whom no event names."""
    known = [each for each in people if each.known_by in (LISTED, ASKED)]
    waha.world.directory.people = {
        digits: Customer(digits, digits, each.lid)
        for each in known
        for digits in [each.phone.split("@")[0]]
    }
    waha.session(name).met |= {each.lid for each in known}


def _unasked(session: WahaSession) -> bool:
    """Whether a question of the first wave is still to be put: nobody knew, so it rests then."""
    rows = WahaLookup.objects.filter(session=session, kind=LookupKind.LID)
    return rows.filter(answered_at__isnull=True).exists()


def _apart(session: WahaSession, people: list[Person]) -> list[Person]:
    """Whose addresses lead to two chats although it can be known that they are one person's."""
    rows = WahaChatAddress.objects.filter(session=session).values_list("address", "chat_id")
    chats = dict(rows)
    return [
        each
        for each in people
        if each.known_by != NEVER and chats.get(each.phone) != chats.get(each.lid)
    ]


class Readers:
    """Somebody who opens chats all the time, also while they are being joined."""

    def __init__(self, session: WahaSession, user: object, rng: random.Random) -> None:
        self.session, self.user, self.rng = session, user, random.Random(rng.random())
        self.read = self.gone = 0
        self.failed: list[str] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._read_on)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()

    def _read_on(self) -> None:
        while not self._ended.is_set():
            chat = self.rng.choice(list(WahaChat.objects.filter(session=self.session)))
            try:
                reads.mark_read(chat=chat, by=self.user)  # type: ignore[arg-type]
                self.read += 1
            except (WahaChat.DoesNotExist, DatabaseError) as error:
                if WahaChat.objects.filter(pk=chat.pk).exists():
                    self.failed.append(type(error).__name__)
                self.gone += 1
        connections.close_all()


def _before(people: list[Person], rng: random.Random) -> list[Body]:
    """Messages under either address, of which none says that they are one person's."""
    made = []
    for index, person in enumerate(people):
        for number in range(BEFORE if person.known_by != ASKED else 0):
            raw = f"3EB0A{index:07}{number:04}"
            person.wrote[raw] = False
            address = (person.phone, person.lid)[number % 2]
            made.append(text(raw, f"Before {number}", at=NOON - 9000 + number, chat=address))
    rng.shuffle(made)
    return made


def _after(people: list[Person], rng: random.Random) -> list[Body]:
    """More of both sides, ticks, reactions, second copies under the other address; and the word."""
    made = []
    for index, person in enumerate(people):
        for number in range(AFTER):
            raw, at = f"3EB0B{index:07}{number:04}", NOON + number * 10
            person.wrote[raw] = False
            person.after += 1
            words = f"After {number}"
            made.append(text(raw, words, at=at, chat=person.address(rng)))
            if rng.random() < 0.3:
                made.append(text(raw, words, at=at, chat=person.address(rng)))
        for number in range(ANSWERS):
            raw, at = f"3EB0C{index:07}{number:04}", NOON + number * 10 + 5
            person.wrote[raw] = True
            words = f"Answer {number}"
            made.append(text(raw, words, at=at, chat=person.address(rng), from_me=True, ack=1))
            made.append(ack(raw, 3, chat=person.address(rng)))
            person.reacted = raw
        for form in (person.phone, person.lid):
            made.append(_heart(index, person.reacted, form))
        if person.known_by == TOLD:
            made.append(_word(person, index, rng))
    return made


def _heart(index: int, raw: str, form: str) -> Body:
    """The same heart of the same person, told under one of the addresses."""
    payload = {
        "id": f"false_{form}_3EB0D{index:07}", "timestamp": NOON + 100, "from": form,
        "fromMe": False, "reaction": {"text": "❤", "messageId": f"true_{form}_{raw}"},
    }  # fmt: skip
    return body("message.reaction", payload)


def _word(person: Person, index: int, rng: random.Random) -> Body:
    """A message that names both: theirs, or one of ours."""
    one, alt = rng.sample((person.phone, person.lid), 2)
    raw, from_me = f"3EB0E{index:07}", rng.random() < 0.5
    person.wrote[raw] = from_me
    person.after += not from_me
    return text(raw, "It is me", at=NOON + 50, chat=one, alt=alt, from_me=from_me, ack=1)


def _coded(events: list[Body], session: WahaSession) -> list[bytes]:
    return [encode(event, session.waha_name) for event in events]


def _wait(session: WahaSession) -> bool:
    waiting = WahaEvent.objects.filter(session=session, state__in=WAITING)
    return until(lambda: not waiting.exists(), seconds=240)


def _report(
    machine: Machine,
    session: WahaSession,
    people: list[Person],
    posted: tuple[Deliveries, Deliveries],
    reader: object,
    readers: Readers,
    settled: bool,
    parted: int,
) -> Report:
    chat_of = dict(
        WahaChatAddress.objects.filter(session=session).values_list("address", "chat_id")
    )
    messages = list(
        WahaMessage.objects.filter(session=session).values_list("message_id", "from_me", "chat_id")
    )
    found = Counter((raw, from_me) for raw, from_me, _chat in messages)
    place = {raw: chat for raw, _from_me, chat in messages}
    wanted = {(raw, ours): person for person in people for raw, ours in person.wrote.items()}
    told = [person for person in people if person.known_by != NEVER]
    strangers = [person for person in people if person.known_by == NEVER]
    chats = WahaChat.objects.filter(session=session).in_bulk()
    unread = {
        row.chat_id: chats[row.chat_id].in_seq - row.read_seq
        for row in ChatRead.objects.filter(user=reader, chat_id__in=chats)
    }
    pks = dict(WahaMessage.objects.filter(session=session).values_list("pk", "message_id"))
    hearts = Counter(
        pks.get(pk)
        for pk in WahaReaction.objects.filter(session=session).values_list("message_pk", flat=True)
    )
    shares = Counter(person.known_by for person in people)
    acked = set().union(*(each.acked for each in posted))
    stored = set(WahaEvent.objects.filter(session=session).values_list("envelope_id", flat=True))
    return Report(
        "addresses",
        machine.injected + len(told),
        {
            "people": len(people),
            **{f"of those {word}": shares[word] for word in SHARES},
            "attempted": len(wanted),
            "acked": len(acked),
            "chats before anybody knew": parted,
            "chats": len(chats),
            "messages": len(messages),
            "chats read meanwhile": readers.read,
            "of those gone under the reader": readers.gone,
            "killed": machine.kills,
        },
        {
            "lost events": len(acked - stored),
            "lost": len(set(wanted) - set(found)),
            "unexpected": len(set(found) - set(wanted)),
            "duplicated": sum(found.values()) - len(found),
            "people with two threads": sum(
                chat_of.get(each.phone) != chat_of.get(each.lid) for each in told
            ),
            "strangers joined without a word": sum(
                chat_of.get(each.phone) == chat_of.get(each.lid) for each in strangers
            ),
            "threads too many": len(chats) - len(told) - 2 * len(strangers),
            "messages in another's thread": sum(
                place[raw] not in {chat_of.get(person.phone), chat_of.get(person.lid)}
                for (raw, _ours), person in wanted.items()
                if raw in place
            ),
            "unread numbers raised or fallen": sum(
                sum(unread.get(pk, 0) for pk in {chat_of.get(each.phone), chat_of.get(each.lid)})
                != each.after
                for each in people
                if each.known_by != ASKED  # of whom the reader had read nothing yet
            ),
            "hearts doubled": sum(hearts[each.reacted] > 1 for each in told),
            "people without their heart": sum(not hearts[each.reacted] for each in people),
            "readers turned away": len(readers.failed),
            "not settled": 0 if settled else 1,
        },
    )  # fmt: skip
