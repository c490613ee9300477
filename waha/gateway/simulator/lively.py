"""Customers with a life of their own, for the demo: they write, answer, read and call."""

from waha.gateway.simulator import customers
from waha.gateway.simulator.ids import is_group
from waha.gateway.simulator.state import AcceptedSend, Person, Session
from waha.gateway.simulator.world import World

PAUSE = (20.0, 40.0)
KINDS = (
    ("text", 70),
    ("image", 9),
    ("voice", 6),
    ("document", 5),
    ("location", 3),
    ("sticker", 3),
    ("contact", 2),
    ("video", 2),
)
CALL_SHARE = 0.06
GROUP_SHARE = 0.2
ANSWER_SHARE = 0.8


async def live(world: World) -> None:
    """Let somebody do something every now and then, for as long as the simulator runs."""
    while True:
        await world.sleep(world.rng.uniform(*PAUSE))
        working = [one for one in world.sessions.values() if one.status == "WORKING"]
        if not working:
            continue
        session = world.rng.choice(working)
        everybody = world.directory.people.values()
        callers = [one for one in everybody if not one.sessions or session.name in one.sessions]
        people = [one for one in callers if one.lines]
        if people:
            await _act(world, session, world.rng.choice(people))


async def answer(world: World) -> None:
    """Let customers answer what staff send them, after reading it and typing for a while."""
    answered = 0
    while True:
        await world.sleep(0.5)
        for send in world.truth.sends[answered:]:
            world.spawn(_reply(world, send))
        answered = len(world.truth.sends)


async def _act(world: World, session: Session, person: Person) -> None:
    if world.rng.random() < CALL_SHARE:
        outcome = world.rng.choice(("missed", "rejected", "accepted"))
        video = world.rng.random() < 0.3
        customers.call(world, session, person.address, outcome=outcome, video=video)
        return
    groups = [one for one in world.directory.groups.values() if person.phone in one.members]
    if groups and world.rng.random() < GROUP_SHARE:
        line = world.rng.choice(person.lines)
        customers.write(world, session, groups[0].id, line, sender=person.lid)
        return
    await _type(world, session, person)
    kinds, weights = zip(*KINDS, strict=True)
    kind = world.rng.choices(kinds, weights)[0]
    text = world.rng.choice(person.lines) if kind in {"text", "image"} else None
    customers.write(world, session, person.address, text, kind=kind)


async def _reply(world: World, send: AcceptedSend) -> None:
    session = world.sessions.get(send.session)
    person = world.directory.person(send.chat_id)
    if session is None or person is None or is_group(send.chat_id) or not person.replies:
        return
    if world.rng.random() >= ANSWER_SHARE:
        return
    await world.sleep(world.rng.uniform(3, 6))
    await _type(world, session, person)
    if session.status != "WORKING":
        return
    if world.rng.random() < 0.15 and (ours := session.messages.get(send.raw_id)):
        customers.react(world, session, ours, world.rng.choice(("👍", "❤️", "🙏")))
    quoted = send.raw_id if world.rng.random() < 0.15 else None
    line = world.rng.choice(person.replies)
    customers.write(world, session, person.address, line, reply_to=quoted)


async def _type(world: World, session: Session, person: Person) -> None:
    customers.show_presence(world, session, person.address, "typing")
    await world.sleep(world.rng.uniform(1.5, 4))
    customers.show_presence(world, session, person.address, "paused")
