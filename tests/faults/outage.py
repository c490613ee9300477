"""A WAHA that is away for five minutes (told ten times faster) while people go on writing."""

import random
import socket
import statistics
import threading
import time
from collections import Counter
from http.client import HTTPConnection
from urllib.parse import urlsplit

from django.conf import settings
from django.test import Client

from mercury.ops.seeding.factories import make_chat, make_session
from tests.faults.hurried import HURRY
from tests.faults.machine import CELERY, Machine, until
from tests.faults.report import Report
from waha import servers
from waha.gateway.simulator import Preset, Simulator
from waha.models import MessageStatus, OutboxState, WahaMessage, WahaOutbox, WahaPace, WahaSession
from waha.outbound import outbox

SENDS, CHATS, AWAY_SECONDS = 500, 100, 300 / HURRY
# With 500 messages waiting: a few to find out, then one try after each rest.
MOST_KNOCKS = 60
PAGES_BEFORE = 40
PHONE = "447700900003"


class DeadDoor:
    """Takes every connection, hangs up, and counts: a WAHA that has crashed behind its proxy."""

    def __init__(self, port: int) -> None:
        self.knocks = 0
        self._socket = socket.create_server(("127.0.0.1", port), reuse_port=False)
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._refuse_all, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)

    def _refuse_all(self) -> None:
        while True:
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            self.knocks += 1
            connection.close()


def run(machine: Machine, *, seed: int, scale: float = 1.0) -> Report:
    """Compare what was asked with what arrived; time the inbox before and meanwhile."""
    rng = random.Random(seed)
    name, port = f"outage-{seed}", urlsplit(settings.WAHA_URL).port
    session = make_session(
        name=name, server=servers.first_server(), hmac_key=settings.WAHA_HMAC_KEY, phone=f"+{PHONE}"
    )
    WahaPace.objects.create(
        session=session, typing=False, gap_ms=0, cold_gap_seconds=0, cold_a_day=SENDS
    )
    chats = [
        make_chat(session=session, chat_id=f"447700931{number:03}@c.us")
        for number in range(1, CHATS + 1)
    ]
    page = _page_of(machine, session)
    before = [page() for _ in range(PAGES_BEFORE)]
    worker = machine.parts["worker"]
    usual = worker.command
    worker.command = [usual[0], "-m", "tests.faults.hurried", *usual[len(CELERY) - 1 :]]
    worker.start()
    asked, meanwhile = [], []
    door = DeadDoor(port or 0)
    began = time.monotonic()
    how_many = int(SENDS * scale)
    for number in range(how_many):
        words = f"While away {number}"
        outbox.send_text(
            chat=rng.choice(chats), body=words, by=session.user, client_token=f"{name}-{number}"
        )
        asked.append(words)
        if number % 5 == 0:
            meanwhile.append(page())
        time.sleep(max(0.0, began + AWAY_SECONDS * number / how_many - time.monotonic()))
    knocks = door.knocks
    door.close()
    with Simulator(
        port=port,
        api_key=settings.WAHA_API_KEY,
        hmac_key=settings.WAHA_HMAC_KEY,
        sessions=(Preset(name, phone=PHONE),),
        webhook_url=f"http://127.0.0.1:{machine.port}/waha/webhook/{{session}}/",
        seed=seed,
    ) as waha:
        back = time.monotonic()
        settled = until(lambda: not _waiting(session), seconds=180)
        took = time.monotonic() - back
        waha.settle()
        accepted = Counter(send.text for send in waha.sends)
    worker.command = usual
    worker.start()
    slow, slow_before = _p95(meanwhile), _p95(before)
    return Report(
        "outage",
        1,
        {
            "attempted": len(asked),
            "acked": len(asked),
            "accepted by WhatsApp": sum(accepted.values()),
            "knocks while away": knocks,
            "all sent after": f"{took:.0f} s",
            "page p95 before": f"{slow_before * 1000:.0f} ms",
            "page p95 meanwhile": f"{slow * 1000:.0f} ms",
        },
        {
            "lost": len(set(asked) - set(accepted)),
            "delivered twice": sum(accepted.values()) - len(accepted),
            "unexpected": len(set(accepted) - set(asked)),
            "not shown as sent": _not_sent(session),
            "knocks over the cap": max(0, knocks - MOST_KNOCKS),
            "pages slower than before": int(slow > 2 * slow_before + 0.1),
            "not settled": 0 if settled else _waiting(session),
        },
    )


def _page_of(machine: Machine, session: WahaSession) -> "PageTimer":
    client = Client()
    client.force_login(session.user, backend="accounts.backends.RoleBackend")
    return PageTimer(machine.port, client.cookies.output(header="", sep=";").strip())


class PageTimer:
    """Opens the inbox as the number's owner; returns the seconds it took."""

    def __init__(self, port: int, cookies: str) -> None:
        self.port = port
        self.cookie = "; ".join(part.split(";")[0].strip() for part in cookies.split("\n"))

    def __call__(self) -> float:
        began = time.perf_counter()
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", "/inbox/", headers={"Cookie": self.cookie})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        if answer.status != 200:
            raise RuntimeError(f"The inbox answers {answer.status}.")
        return time.perf_counter() - began


def _p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1]


def _waiting(session: WahaSession) -> int:
    rows = WahaOutbox.objects.filter(session=session)
    return rows.filter(
        state__in=(OutboxState.QUEUED, OutboxState.SENDING, OutboxState.UNKNOWN)
    ).count()


def _not_sent(session: WahaSession) -> int:
    rows = WahaMessage.objects.filter(session=session, from_me=True)
    low = (MessageStatus.PENDING, MessageStatus.FAILED, MessageStatus.UNKNOWN)
    return rows.filter(status__in=low).count()
