"""Webhooks doubled and shuffled while web, workers, Redis and MySQL are killed under them."""

import json
import random
import threading
import time
from collections import Counter
from http.client import HTTPConnection, HTTPException
from itertools import count

import redis
from django.conf import settings
from django.db import Error, connections

from mercury.ops.seeding.factories import make_session
from tests.faults import bodies
from tests.faults.bodies import Body
from tests.faults.machine import Machine, until
from tests.faults.report import Report
from tests.waha.inbound import dump
from tests.waha.inbound.bodies import event_row
from waha.gateway.signing import sign
from waha.inbound import drain
from waha.models import EventState, WahaEvent, WahaMessage, WahaSession

EVENTS, SENDERS, KEY = 3_000, 8, "faults-key-faults-key-faults-key"
WAITING = (EventState.NEW, EventState.PARKED)
PAUSE = 0.25


class Deliveries:
    """Posts like WAHA: each until it is answered 200, several at a time."""

    def __init__(self, port: int, name: str, made: list[bytes]) -> None:
        self.path, self.port, self.made = f"/waha/webhook/{name}/", port, made
        self.answers: Counter[int] = Counter()
        self.acked: set[str] = set()
        self._next = count()
        self._lock = threading.Lock()
        self.threads = [threading.Thread(target=self._post_all) for _ in range(SENDERS)]

    @property
    def done(self) -> int:
        return self.answers[200]

    @property
    def running(self) -> bool:
        return any(thread.is_alive() for thread in self.threads)

    def wait_for(self, share: float) -> None:
        """Wait until so many are stored, or all, or a long time."""
        until(lambda: self.done >= share or not self.running, seconds=120)

    def _post_all(self) -> None:
        while (index := next(self._next)) < len(self.made):
            while not self._post(self.made[index]):
                time.sleep(PAUSE)

    def _post(self, raw: bytes) -> bool:
        headers = {"X-Webhook-Hmac": sign(KEY, raw), "X-Webhook-Hmac-Algorithm": "sha512"}
        connection = HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            connection.request("POST", self.path, raw, headers)
            status = connection.getresponse().status
        except (OSError, HTTPException):
            status = 0
        finally:
            connection.close()
        with self._lock:
            self.answers[status] += 1
            if status == 200:
                self.acked.add(json.loads(raw)["id"])
        return status == 200


def run(machine: Machine, *, seed: int, scale: float = 1.0) -> Report:
    """Compare with the same events applied in order and undisturbed."""
    rng = random.Random(seed)
    events = bodies.day(int(EVENTS * scale), rng=rng)
    straight = make_session(name=f"straight-{seed}", hmac_key=KEY, phone="")
    rough = make_session(name=f"rough-{seed}", hmac_key=KEY, phone="")
    for event in events:
        event_row(straight, _of(event, straight))
    drain.drain_all()

    copies = [_raw(event, rough) for event in events for _ in range(rng.randint(1, 4))]
    rng.shuffle(copies)
    deliveries = Deliveries(machine.port, rough.name, copies)
    machine.forget_kills()
    for thread in deliveries.threads:
        thread.start()
    _break(machine, deliveries, rng)
    for thread in deliveries.threads:
        thread.join()
    settled = until(lambda: not _waiting(rough), seconds=240)
    return _report(machine, events, deliveries, straight, rough, settled)


def _break(machine: Machine, deliveries: Deliveries, rng: random.Random) -> None:
    """Ten kills, a lost Redis and a killed MySQL, spread over the deliveries."""
    faults = ["web", "drain"] * 5 + ["redis", "mysqld"]
    rng.shuffle(faults)
    for number, fault in enumerate(faults, start=1):
        share = number / (len(faults) + 1) * len(deliveries.made)
        deliveries.wait_for(share)
        print(f"  {deliveries.done} of {len(deliveries.made)} delivered: kill {fault}", flush=True)
        if fault == "mysqld":
            machine.restart_mysql()
            connections.close_all()
            continue
        if fault == "redis":
            redis.Redis.from_url(settings.REDIS_URL).flushall()
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


def _raw(event: Body, session: WahaSession) -> bytes:
    return json.dumps(_of(event, session)).encode()
