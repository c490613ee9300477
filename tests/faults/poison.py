"""One event in a hundred that cannot be applied, among many that can."""

import copy
import json
import random
from collections import Counter

from mercury.ops.seeding.factories import make_session
from tests.faults import bodies
from tests.faults.bodies import Body
from tests.faults.deliveries import KEY, Deliveries
from tests.faults.machine import Machine, until
from tests.faults.report import Report
from waha import servers
from waha.models import EventState, WahaEvent, WahaMessage

EVENTS, SHARE = 5_000, 100


def run(machine: Machine, *, seed: int, scale: float = 1.0) -> Report:
    """Every neighbour is applied; no poison waits for ever, and each has its reason."""
    rng = random.Random(seed)
    session = make_session(
        name=f"poison-{seed}", server=servers.first_server(), hmac_key=KEY, phone=""
    )
    day = [
        {**event, "session": session.waha_name}
        for event in bodies.day(int(EVENTS * scale), rng=rng)
    ]
    poison = {f"poison-{number}": _spoil(rng, day, number) for number in range(len(day) // SHARE)}
    wanted = {
        event["payload"]["id"].split("_")[2] for event in day if event["event"] == "message.any"
    }
    posted = [json.dumps(event).encode() for event in day] + list(poison.values())
    rng.shuffle(posted)
    deliveries = Deliveries(machine.port, session.name, posted)
    machine.forget_kills()
    deliveries.run()
    rows = WahaEvent.objects.filter(session=session)
    settled = until(lambda: not rows.filter(state=EventState.NEW, attempts=0).exists(), seconds=120)
    neighbours = rows.exclude(envelope_id__in=poison)
    spoiled = Counter(rows.filter(envelope_id__in=poison).values_list("state", flat=True))
    found = set(WahaMessage.objects.filter(session=session).values_list("message_id", flat=True))
    return Report(
        "poison",
        len(poison),
        {
            "attempted": len(posted),
            "acked": len(deliveries.acked),
            "answers": dict(deliveries.answers),
            "poison": dict(spoiled),
            "neighbours": dict(Counter(neighbours.values_list("state", flat=True))),
        },
        {
            "lost": len(set(deliveries.acked) - set(rows.values_list("envelope_id", flat=True))),
            "neighbours not applied": neighbours.exclude(state=EventState.DONE).count(),
            "lost messages": len(wanted - found),
            "poison without a reason": rows.filter(state=EventState.DEAD, last_error="").count(),
            "poison not dead": len(poison) - spoiled[EventState.DEAD],
            "not settled": 0 if settled else 1,
        },
    )


def _spoil(rng: random.Random, day: list[Body], number: int) -> bytes:
    """A real event made impossible, under an id of its own."""
    event = copy.deepcopy(rng.choice([each for each in day if each["event"] == "message.any"]))
    event["id"] = f"poison-{number}"
    payload = event["payload"]
    spoil = rng.choice(["no id", "no payload", "a list", "a number", "an ack", "endless id"])
    if spoil == "no id":
        del payload["id"]
    elif spoil == "no payload":
        event["payload"] = None
    elif spoil == "a list":
        event["payload"] = [payload] * 3
    elif spoil == "a number":
        payload["id"] = 10**30
    elif spoil == "an ack":
        event |= {"event": "message.ack", "payload": {"id": "x", "ack": [1]}}
    else:
        payload["id"] = "x" * 5000
    return json.dumps(event).encode()
