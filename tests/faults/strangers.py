"""Sixteen first messages at once from each of two hundred people nobody knows yet.

Twelve are webhooks of theirs, four are colleagues who begin to write to them in that moment.
"""

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connections

from crm.models import ContactIdentity
from mercury.ops.seeding.factories import make_session
from tests.faults.deliveries import KEY, Deliveries, encode
from tests.faults.machine import Machine, until
from tests.faults.report import Report
from tests.waha.inbound.bodies import NOON, text
from waha import servers
from waha.gateway.simulator import Preset, Simulator
from waha.models import EventState, WahaChat, WahaEvent, WahaMessage, WahaSession
from waha.outbound import chats

PEOPLE, AT_ONCE, BEGUN_BY_US, KILLS = 200, 16, 4, 5
PHONE = "447700900001"  # the account that the webhooks name


def run(machine: Machine, *, seed: int, scale: float = 1.0) -> Report:
    """One chat and one contact for each, and every message in it."""
    rng = random.Random(seed)
    name, people = f"strangers-{seed}", int(PEOPLE * scale)
    with Simulator(
        port=urlsplit(settings.WAHA_URL).port,
        api_key=settings.WAHA_API_KEY,
        sessions=(Preset(name, phone=PHONE),),
        seed=seed,
    ):
        session = make_session(
            name=name, server=servers.first_server(), hmac_key=KEY, phone=f"+{PHONE}"
        )
        machine.forget_kills()
        kill_at = set(rng.sample(range(people), min(KILLS, people)))
        phones = [f"4477{40 + seed:02}{number:06}" for number in range(1, people + 1)]
        acked, failed = set[str](), list[str]()
        with ThreadPoolExecutor(AT_ONCE) as threads:
            for number, phone in enumerate(phones):
                _meet(threads, machine, session, phone, acked, failed)
                if number in kill_at:
                    machine.restart("drain")
        waiting = WahaEvent.objects.filter(session=session, state=EventState.NEW)
        settled = until(lambda: not waiting.exists(), seconds=120)
    return _report(machine, session, phones, acked, failed, settled)


def _meet(
    threads: ThreadPoolExecutor,
    machine: Machine,
    session: WahaSession,
    phone: str,
    acked: set[str],
    failed: list[str],
) -> None:
    together = threading.Barrier(AT_ONCE)

    def write(number: int) -> None:
        raw, chat = f"3EB0{phone}{number:02}", f"{phone}@c.us"
        body = text(raw, f"Hello {number}", at=NOON + number, chat=chat)
        posting = Deliveries(machine.port, session.name, [encode(body, session.waha_name)])
        together.wait(30)
        posting.post_all()
        acked.update(posting.acked)

    def begin() -> None:
        together.wait(30)
        try:
            chats.start_chat(session=session, phone_or_contact=f"+{phone}", by=session.user)
        except Exception as error:
            failed.append(type(error).__name__)
        finally:
            connections.close_all()

    tasks = [threads.submit(write, number) for number in range(AT_ONCE - BEGUN_BY_US)]
    tasks += [threads.submit(begin) for _ in range(BEGUN_BY_US)]
    for task in tasks:
        task.result()


def _report(
    machine: Machine,
    session: WahaSession,
    phones: list[str],
    acked: set[str],
    failed: list[str],
    settled: bool,
) -> Report:
    made = WahaChat.objects.filter(session=session)
    per_person = Counter(made.values_list("chat_id", flat=True))
    contacts = Counter(
        ContactIdentity.objects.filter(value__in=[f"+{phone}" for phone in phones])
        .values_list("contact_id", "value")
        .distinct()
    )
    stored = WahaMessage.objects.filter(session=session)
    wanted = len(phones) * (AT_ONCE - BEGUN_BY_US)
    return Report(
        "strangers",
        machine.injected,
        {
            "people": len(phones),
            "attempted": len(phones) * AT_ONCE,
            "acked": len(acked),
            "chats": made.count(),
            "contacts": len({contact for contact, _value in contacts}),
            "messages": stored.count(),
            "killed": machine.kills,
        },
        {
            "people without a chat": len({f"{phone}@c.us" for phone in phones} - set(per_person)),
            "chats too many": made.count() - len(phones),
            "contacts too many or missing": abs(len(contacts) - len(phones)),
            "chats without their contact": made.filter(contact=None).count(),
            "lost messages": wanted - stored.count(),
            "chats not begun": len(failed),
            "not settled": 0 if settled else 1,
        },
    )
