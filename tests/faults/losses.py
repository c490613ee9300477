"""One webhook in ten that WAHA loses, as it does when it restarts: the history has them all."""

import random
from collections import Counter
from datetime import timedelta
from io import StringIO
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from mercury.ops.seeding.factories import make_session
from tests.faults.machine import Machine, until
from tests.faults.report import Report
from waha import servers
from waha.gateway.simulator import Preset, Simulator
from waha.models import EventState, SessionStatus, WahaEvent, WahaMessage, WahaSession

MESSAGES, CHATS, LOST, FROM_PHONE = 3_000, 60, 0.1, 0.2
PHONE = "447700900005"


def run(machine: Machine, *, seed: int, scale: float = 1.0) -> Report:
    """After one `waha_sync`, what WhatsApp has and what we have is the same."""
    rng = random.Random(seed)
    name, began = f"losses-{seed}", timezone.now()
    with Simulator(
        port=urlsplit(settings.WAHA_URL).port,
        api_key=settings.WAHA_API_KEY,
        hmac_key=settings.WAHA_HMAC_KEY,
        sessions=(Preset(name, phone=PHONE),),
        webhook_url=f"http://127.0.0.1:{machine.port}/waha/webhook/{{session}}/",
        seed=seed,
    ) as waha:
        session = make_session(
            name=name,
            server=servers.first_server(),
            hmac_key=settings.WAHA_HMAC_KEY,
            phone=f"+{PHONE}",
            status=SessionStatus.WORKING,
        )
        machine.forget_kills()
        waha.webhook_faults(lose=LOST, duplicate=0.1, reorder=0.3, reorder_ms=1500)
        for number in range(int(MESSAGES * scale)):
            waha.say(
                f"44770094{rng.randint(1, CHATS):04}@c.us", f"Message {number}", session=name,
                from_me=rng.random() < FROM_PHONE,
            )  # fmt: skip
        waha.settle(60)
        lost = sum(emission.lost for emission in waha.emissions)
        waha.clear_faults()
        _wait(session)
        before = WahaMessage.objects.filter(session=session).count()
        told = StringIO()
        since = (began - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%S")
        call_command("waha_sync", session=name, since=since, stdout=told)
        settled = _wait(session)
        truth = set(waha.session(name).messages)
    found = Counter(
        WahaMessage.objects.filter(session=session).values_list("message_id", flat=True)
    )
    return Report(
        "losses",
        lost,
        {
            "attempted": len(truth),
            "acked": before,
            "recovered": len(found) - before,
            "sync said": told.getvalue().strip().splitlines()[-1],
        },
        {
            "lost": len(truth - set(found)),
            "duplicated": sum(found.values()) - len(found),
            "unexpected": len(set(found) - truth),
            "not settled": 0 if settled else 1,
        },
    )


def _wait(session: WahaSession) -> bool:
    waiting = WahaEvent.objects.filter(session=session, state=EventState.NEW)
    return until(lambda: not waiting.exists(), seconds=120)
