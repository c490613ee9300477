"""The archive is killed (kill -9) at random moments, over and over, while people go on working."""

import os
import random
import signal
import time
from collections.abc import Callable

import pytest
from django.db import connections, transaction
from django.utils import timezone

from mercury.db import partitions
from mercury.db.partitions import Month
from mercury.db.retry import retried
from tests.waha.lifecycle.conftest import OLD, everywhere, make_old, run
from waha.lifecycle import archive, changes, freeing
from waha.models import (
    ArchiveState,
    WahaArchiveMonth,
    WahaChat,
    WahaMessage,
    WahaMessageArchive,
    whereabouts,
)

KILLS = int(os.environ.get("ARCHIVE_KILLS", "24"))
SEED = int(os.environ.get("ARCHIVE_SEED", "20261122"))


def killed_after(seconds: float, work: Callable[[], object]) -> bool:
    """Run `work` in a process of its own and kill it; True when it was still at work."""
    connections.close_all()  # a child that inherits a connection would share it
    child = os.fork()
    if not child:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    time.sleep(seconds)
    pid, status = os.waitpid(child, os.WNOHANG)
    if pid:
        assert os.waitstatus_to_exitcode(status) == 0
        return False
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


@retried()  # a killed copy goes on in the server until it sees that nobody listens
def edit(pk: int, row: WahaMessage, words: str) -> None:
    """Change a message as an event does, wherever it is."""
    with transaction.atomic():
        found = whereabouts.find_to_change(row.session_id, pk, row.created_at)
        assert found is not None
        found.stored().update(content=words)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_killed_archive_loses_nothing_and_doubles_nothing(
    chat: WahaChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "BATCH", 10)
    monkeypatch.setattr(changes, "CHUNK", 10)
    monkeypatch.setattr(freeing, "CHUNK", 10)
    chance = random.Random(SEED)
    expected: dict[int, str] = {}
    rows: dict[int, WahaMessage] = {}
    states: set[str] = set()
    # Once undisturbed, to know over how long a time to spread the kills on this machine.
    rows |= {row.pk: row for row in make_old(chat, 90, month=OLD)}
    expected |= {pk: row.content for pk, row in rows.items()}
    started = time.perf_counter()
    run()
    whole = time.perf_counter() - started
    kills, month = 0, OLD
    while kills < KILLS:
        if not WahaMessage.objects.exists():
            month = month.plus(-1)
            rows |= {row.pk: row for row in make_old(chat, 90, month=month)}
            expected |= {pk: row.content for pk, row in rows.items() if pk not in expected}
        kills += killed_after(chance.uniform(0.0, whole), run)
        whereabouts.forget()
        states.update(WahaArchiveMonth.objects.values_list("state", flat=True))
        for pk in chance.sample(sorted(rows), 4):
            expected[pk] = f"edited {kills} {chance.random()}"
            edit(pk, rows[pk], expected[pk])

    while WahaMessage.objects.exists():
        run()

    assert everywhere() == dict.fromkeys(rows, 1)
    assert dict(WahaMessageArchive.objects.values_list("pk", "content")) == expected
    assert states > {ArchiveState.DROPPED}, "no kill came before the end"


def make_ahead() -> None:
    partitions.create_ahead(connections["default"], "waha_messages", now=timezone.now(), ahead=12)


@pytest.mark.slow
@pytest.mark.mysql
@pytest.mark.django_db(transaction=True)
def test_partitions_made_by_a_killed_run_lose_no_row() -> None:
    far = Month.of(timezone.now()).plus(9)
    for number in range(200):
        WahaMessage.objects.create(
            session_id=1, chat_id=1, created_at=far.plus(number % 3).start, status="received"
        )
    before = set(partitions.names(connections["default"], "waha_messages"))
    chance = random.Random(SEED)
    try:
        for _ in range(6):
            killed_after(chance.uniform(0.0, 0.08), make_ahead)
        make_ahead()
        rows = WahaMessage.objects.count()
        left = partitions.rows_in_maximum(connections["default"], "waha_messages")
        made = set(partitions.names(connections["default"], "waha_messages"))
    finally:
        for name in sorted(set(partitions.names(connections["default"], "waha_messages")) - before):
            partitions.drop(connections["default"], "waha_messages", name)

    assert (rows, left) == (200, 0)
    this = Month.of(timezone.now())
    assert {this.plus(ahead).partition("waha_messages") for ahead in range(13)} <= made
