"""(a) Webhook to committed journal row, against a bare Django view that only inserts.

(d) Resident memory of the web processes at rest, measured on the same server.
"""

import statistics
from collections.abc import Iterator
from itertools import count
from urllib.request import urlopen

from django.db import connection
from django.utils import timezone

from benchmarks import bodies, sender, servers
from benchmarks.report import Figure
from mercury.ops.seeding.factories import make_session
from waha.models import WahaEvent

SESSION, KEY = "bench-webhook", "bench-key-bench-key-bench-key"
CHATS = 500
ROUNDS, REQUESTS, WARM_UP = 7, 1_500, 600
BARE_TABLE = "bench_events"


def run() -> list[Figure]:
    """Alternate between the two servers, both up all the time, and compare the medians."""
    make_session(name=SESSION, hmac_key=KEY, phone=bodies.OWN_PHONE)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {BARE_TABLE}")
        cursor.execute(f"CREATE TABLE {BARE_TABLE} LIKE waha_events")
    numbers = count(1)
    with servers.gunicorn("mercury.wsgi") as ours, servers.gunicorn("benchmarks.bare") as bare:
        for _ in range(20):  # pages imported and rendered once: rest, not birth
            with urlopen(f"http://127.0.0.1:{ours.port}/accounts/login/") as page:
                page.read()
        memory = ours.resident_mb()
        rates = _alternate(ours.port, bare.port, numbers)
    stored = WahaEvent.objects.filter(session__name=SESSION).count()
    sent = WARM_UP + ROUNDS * REQUESTS
    assert stored == sent, f"{sent} webhooks were answered 200, {stored} are in the journal"
    ratio = statistics.median(mine / theirs for mine, theirs in rates)
    mine, theirs = (statistics.median(column) for column in zip(*rates, strict=True))
    spread = f"{min(a / b for a, b in rates):.2f}–{max(a / b for a, b in rates):.2f}"
    return [
        Figure(
            "webhook to committed row / bare INSERT", ratio, 0.7, least=True,
            detail=f"{mine:.0f}/s : {theirs:.0f}/s, rounds {spread}",
        ),
        Figure(
            "web process resident at rest", max(memory), 150, least=False, unit=" MB",
            detail=", ".join(f"{each:.0f}" for each in memory),
        ),
    ]  # fmt: skip


def _alternate(ours: int, bare: int, numbers: Iterator[int]) -> list[tuple[float, float]]:
    sender.rate(ours, _requests(f"/waha/webhook/{SESSION}/", WARM_UP, numbers))
    sender.rate(bare, _requests("/store/", WARM_UP, numbers))
    rates = []
    for _ in range(ROUNDS):
        mine = sender.rate(ours, _requests(f"/waha/webhook/{SESSION}/", REQUESTS, numbers))
        theirs = sender.rate(bare, _requests("/store/", REQUESTS, numbers))
        rates.append((mine, theirs))
    return rates


def _requests(path: str, how_many: int, numbers: Iterator[int]) -> list[bytes]:
    at = timezone.now()
    made = []
    for _ in range(how_many):
        number = next(numbers)
        body = bodies.message(session=SESSION, chat=number % CHATS, number=number, at=at)
        made.append(bodies.request(path, body, key=KEY, number=number))
    return made
