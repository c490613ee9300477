"""Health against what is really broken: the work left undone, rows gone, processes killed.

`test_health.py` holds the words and limits; here nothing is put in the place of anything.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone

from accounts.models import User
from mercury.db import partitions as tables
from mercury.db.partitions import Month
from mercury.ops import slow_queries
from mercury.ops.findings import State
from mercury.ops.health import database
from mercury.ops.health.check import DatabaseHealthCheck
from mercury.ops.invariants import nightly, rules
from mercury.ops.models import SlowQuery
from tests.factories import make_message
from tests.waha.inbound.bodies import body, text
from waha.gateway.signing import sign
from waha.gateway.simulator import Simulator
from waha.inbound import doors, drain, sync
from waha.models import (
    EventState,
    WahaChat,
    WahaEvent,
    WahaMessageKey,
    WahaOutbox,
    WahaServer,
    WahaSession,
)
from waha.outbound import deliver, outbox

ROOT = Path(__file__).parents[2]
BROKEN, WARNING, OK = State.BROKEN, State.WARNING, State.OK


def state(name: str) -> State:
    return DatabaseHealthCheck().check()[name].state


def post(number: WahaSession, content: dict[str, Any]) -> None:
    """What WAHA posts, through the door it posts it to."""
    raw = json.dumps(content).encode()
    doors.forget()  # of another test's number of that name
    answer = Client().post(
        f"/waha/webhook/{number.name}/",
        raw,
        content_type="application/json",
        headers={
            "X-Webhook-Hmac": sign(configured.WAHA_HMAC_KEY, raw),
            "X-Webhook-Hmac-Algorithm": "sha512",
        },
    )
    assert answer.status_code == 200, answer.content


def drained() -> None:
    """Drain as the worker does, until nothing waits: what is due is so by the server's clock."""
    deadline = time.monotonic() + 5
    while WahaEvent.objects.filter(state=EventState.NEW).exists():
        drain.drain_all()
        assert time.monotonic() < deadline, list(WahaEvent.objects.values("due_at", "last_error"))


@pytest.mark.core
@pytest.mark.django_db
def test_migrations_go_red_when_one_is_taken_back() -> None:
    recorder, forget = MigrationRecorder(connection), lambda: cache.delete("ops:migrated:journal")
    forget()
    states = [state("migrations")]
    for change in (recorder.record_unapplied, recorder.record_applied):
        change("mercury_ops", "0001_create_health_tables")
        forget()
        states.append(state("migrations"))

    assert states == [OK, BROKEN, OK]


@pytest.mark.mysql
@pytest.mark.core
@pytest.mark.django_db(transaction=True)
def test_partitions_go_red_when_they_are_dropped_and_green_when_made_again() -> None:
    coming = Month.of(timezone.now()).plus(1)
    for table in ("waha_messages", "waha_messages_archive"):
        first = coming.partition(table)
        later = [name for name in tables.names(connection, table) if name >= first]
        listed = ", ".join(f"`{name}`" for name in later if not name.endswith("_max"))
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} DROP PARTITION {listed}")

    dropped = state("partitions")
    call_command("partitions", verbosity=0)

    assert (dropped, state("partitions")) == (BROKEN, OK)


@pytest.mark.django_db
def test_query_performance_tells_of_a_statement_that_really_was_slow(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SLOW_QUERY_MS = 0.000001
    with connection.execute_wrapper(slow_queries.measure), connection.cursor() as cursor:
        cursor.execute("SELECT 1 + 1")
    settings.SLOW_QUERY_MS = 600_000
    slow_queries.write()
    slow = state("query_performance")
    SlowQuery.objects.update(last_seen_at=timezone.now() - timedelta(minutes=11))

    assert (slow, state("query_performance")) == (WARNING, OK)


@pytest.mark.core
@pytest.mark.django_db
def test_incoming_events_wait_while_nobody_drains_and_are_well_once_somebody_does(
    number: WahaSession,
) -> None:
    post(number, text("A1", "Hello"))
    WahaEvent.objects.update(due_at=timezone.now() - timedelta(minutes=3))
    waiting = state("incoming_events")
    drained()

    assert (waiting, state("incoming_events")) == (BROKEN, OK)


@pytest.mark.core
@pytest.mark.django_db
def test_outgoing_messages_wait_while_nobody_delivers_and_are_well_once_somebody_does(
    waha: Simulator, chat: WahaChat, users: dict[str, User]
) -> None:
    outbox.send_text(chat=chat, body="Hello", by=users["olga"], client_token="t")
    WahaOutbox.objects.update(due_at=timezone.now() - timedelta(minutes=3))
    waiting = state("outgoing_messages")
    deliver.deliver_due()

    assert (waiting, state("outgoing_messages")) == (BROKEN, OK)
    assert [content for _chat, content in waha.accepted] == ["Hello"]


@pytest.mark.django_db
def test_waha_servers_go_red_when_one_is_gone_and_green_when_it_is_back(
    waha: Simulator, number: WahaSession
) -> None:
    there, away = waha.url, "http://127.0.0.1:9"
    long_ago = timezone.now() - timedelta(minutes=4)
    states = []
    for url in (there, away, there):
        WahaServer.objects.update(url=url, last_seen_at=long_ago)
        sync.sync_sessions()
        states.append(state("waha_servers"))

    assert states == [OK, BROKEN, OK]


@pytest.mark.core
@pytest.mark.django_db
def test_numbers_warn_when_whatsapp_ends_one_and_are_well_when_it_works_again(
    number: WahaSession,
) -> None:
    states = []
    begun = int(timezone.now().timestamp() * 1000)
    for step, status in enumerate(("WORKING", "FAILED", "WORKING")):
        at = begun + step * 1000
        told = body(
            "session.status",
            {"status": status},
            id=f"s{step}",
            timestamp=at,
            session=number.waha_name,
        )
        post(number, told)
        drained()
        states.append(state("numbers"))

    assert states == [OK, WARNING, OK]


@pytest.mark.core
@pytest.mark.django_db
def test_consistency_goes_red_when_a_row_is_lost_and_green_when_it_is_back(
    chat: WahaChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "PAUSE", 0)
    message = make_message(chat, "Hello")
    rows = WahaMessageKey.objects.filter(message_pk=message.pk)
    kept = rows.values().get()
    states = []
    for change in (lambda: None, rows.delete, lambda: WahaMessageKey.objects.create(**kept)):
        change()
        nightly.look()
        states.append(state("consistency"))

    assert states == [OK, BROKEN, OK]


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with every table, for drills to copy."""
    path = tmp_path_factory.mktemp("migrated") / "db.sqlite3"
    env = {**os.environ, "DATABASE_URL": f"sqlite:///{path}", "REDIS_URL": ""}
    command = [sys.executable, "-W", "ignore", "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=env, check=True)  # noqa: S603  # our own
    return path


def drilled(name: str, migrated: Path, folder: Path, *around: str) -> dict[str, Any]:
    """What a drill in a process of its own, with a database below `folder`, reports."""
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "TEST_VAR": str(folder),
        "MIGRATED": str(migrated),
        "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
    }
    env.pop("PYTEST_XDIST_WORKER", None)
    command = [*around, sys.executable, "-W", "ignore", "-m", name, str(folder)]
    done = subprocess.run(  # noqa: S603  # our own drill
        command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=240
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.slow
@pytest.mark.once
def test_workers_schedule_and_redis_go_red_when_they_are_killed(
    migrated: Path, tmp_path: Path
) -> None:
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed")

    found = drilled("tests.ops.process_drill", migrated, tmp_path)

    names = ("redis", "schedule", "workers")
    assert found == {
        "nothing runs": dict.fromkeys(names, "broken"),
        "everything runs": dict.fromkeys(names, "ok"),
        "a worker killed": {"redis": "ok", "schedule": "ok", "workers": "broken"},
        "the schedule too": {"redis": "ok", "schedule": "broken", "workers": "broken"},
        "started again": dict.fromkeys(names, "ok"),
        "redis killed": "broken",
    }


@pytest.mark.slow
@pytest.mark.once
def test_a_disk_that_is_full_is_told_and_nothing_is_left_half_written(
    migrated: Path, tmp_path: Path
) -> None:
    """On a small disk in memory of the test's own, which needs Linux's namespaces."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = f"mount -t tmpfs -o size={database.LITTLE_SPACE * 2} none {disk}"
    around = ("unshare", "--map-root-user", "--mount", "sh", "-c", f'{mount} && exec "$@"', "sh")
    probe = subprocess.run([*around, "true"], capture_output=True, check=False)  # noqa: S603
    if probe.returncode:
        pytest.skip("no disk can be mounted here: " + probe.stderr.decode()[-200:])

    found = drilled("tests.ops.disk_drill", migrated, disk, *around)

    assert found["states"] == {
        "room": ["ok", "ok"],
        "little": ["warning", "warning"],
        "full": ["broken", "broken"],
        "room again": ["ok", "ok"],
    }
    assert found["backup"].endswith(
        "is full; nothing was kept. Make room, or choose another by --to."
    )
    assert found["left"] == []
    assert "is full; nothing was kept. Make room." in found["verify"]
    assert found["afterwards"] == "is whole"
