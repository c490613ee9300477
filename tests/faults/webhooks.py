"""Webhooks doubled and shuffled while web, workers, Redis and MySQL are killed under them."""

import random
from collections import Counter

import redis
from django.conf import settings
from django.db import Error, connections

from mercury.ops.seeding.factories import make_session
from tests.faults import bodies
from tests.faults.bodies import Body
from tests.faults.deliveries import KEY, Deliveries, encode
from tests.faults.machine import Machine, until
from tests.faults.report import Report
from tests.waha.inbound import dump
from tests.waha.inbound.bodies import event_row
from waha import servers
from waha.inbound import drain
from waha.models import EventState, WahaEvent, WahaMessage, WahaSession

EVENTS = 10_000
FAULTS = {"web": 15, "drain": 15, "mysqld": 5, "redis": 5, "flush": 1}
WAITING = (EventState.NEW, EventState.PARKED)


def run(machine: Machine, *, seed: int, scale: float = 1.0) -> Report:
    """Compare with the same events applied in order and undisturbed."""
    rng = random.Random(seed)
    events = bodies.day(int(EVENTS * scale), rng=rng)
    server = servers.first_server()
    straight = make_session(name=f"straight-{seed}", server=server, hmac_key=KEY, phone="")
    rough = make_session(name=f"rough-{seed}", server=server, hmac_key=KEY, phone="")
    for event in events:
        event_row(straight, _of(event, straight))
    drain.drain_all()

    copies = [encode(event, rough.waha_name) for event in events for _ in range(rng.randint(1, 4))]
    rng.shuffle(copies)
    deliveries = Deliveries(machine.port, rough.name, copies)
    machine.forget_kills()
    deliveries.start()
    _break(machine, deliveries, rng)
    deliveries.join()
    settled = until(lambda: not _waiting(rough), seconds=240)
    return _report(machine, events, deliveries, straight, rough, settled)


def _break(machine: Machine, deliveries: Deliveries, rng: random.Random) -> None:
    """Thirty kills of web and drain, five of MySQL and of Redis, and a flush, all along."""
    faults = [name for name, times in FAULTS.items() for _ in range(times)]
    rng.shuffle(faults)
    for number, fault in enumerate(faults, start=1):
        share = number / (len(faults) + 1) * len(deliveries.made)
        deliveries.wait_for(share)
        if not deliveries.running:
            return  # what is broken now breaks nothing
        print(f"  {deliveries.done} of {len(deliveries.made)} delivered: {fault}", flush=True)
        if fault == "mysqld":
            machine.restart_mysql()
            connections.close_all()
            continue
        if fault == "flush":
            redis.Redis.from_url(settings.REDIS_URL).flushall()
            machine.flushes += 1
            continue
        machine.restart(fault)


def _report(
    machine: Machine,
    events: list[Body],
    deliveries: Deliveries,
    straight: WahaSession,
    rough: WahaSession,
    settled: bool,
) -> Report:
    journal = Counter(WahaEvent.objects.filter(session=rough).values_list("envelope_id", flat=True))
    wanted = _ids(straight)
    found = _ids(rough)
    expected, actual = (dump.rows(session).splitlines() for session in (straight, rough))
    different = sorted(set(expected) ^ set(actual))
    for line in different[:10]:
        print(f"  {'missing' if line in set(expected) else 'too much'}: {line}", flush=True)
    return Report(
        "webhooks",
        machine.injected,
        {
            "attempted": len(events),
            "deliveries": len(deliveries.made),
            "answers": dict(deliveries.answers),
            "acked": len(deliveries.acked),
            "messages": sum(found.values()),
            "killed": machine.kills,
        },
        {
            "lost events": len(deliveries.acked - set(journal)),
            "lost messages": len(set(wanted) - set(found)),
            "duplicated events": sum(journal.values()) - len(journal),
            "duplicated messages": sum(found.values()) - len(found),
            "rows unlike the run in order": len(different),
            "unexpected messages": len(set(found) - set(wanted)),
            "not settled": 0 if settled else _waiting(rough),
        },
    )


def _ids(session: WahaSession) -> Counter[str]:
    return Counter(WahaMessage.objects.filter(session=session).values_list("message_id", flat=True))


def _waiting(session: WahaSession) -> int:
    try:
        return WahaEvent.objects.filter(session=session, state__in=WAITING).count()
    except Error:
        connections.close_all()
        return -1


def _of(event: Body, session: WahaSession) -> Body:
    return {**event, "session": session.waha_name}
