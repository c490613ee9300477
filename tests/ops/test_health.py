"""Each health check goes red when the thing itself is broken, and green when it is mended."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError, connections
from django.utils import timezone

from mercury.db import replicas
from mercury.db.models import ReplicationHeartbeat
from mercury.ops.findings import Finding, State, worst
from mercury.ops.health import database, machine, marks, work
from mercury.ops.health.check import TITLES, DatabaseHealthCheck
from mercury.ops.models import HealthMark, HealthSample, SlowQuery
from tests.factories import make_chat, make_message, make_server, make_session
from waha.lifecycle import partitions
from waha.models import (
    EventState,
    OutboxState,
    SessionStatus,
    WahaDrain,
    WahaEvent,
    WahaOutbox,
    WahaServer,
)

pytestmark = pytest.mark.django_db
REPLICA = {"replica_1": {}}


def check() -> dict[str, Finding]:
    return DatabaseHealthCheck().check()


def state(name: str) -> State:
    return check()[name].state


def age(name: str, **since: float) -> None:
    """Let a mark be as old as `since` says."""
    marks.report(name)
    HealthMark.objects.filter(pk=name).update(at=timezone.now() - timedelta(**since))


def make_event(**fields: Any) -> WahaEvent:
    return WahaEvent.objects.create(
        **{"session_id": 1, "event": "message", "envelope_id": "evt_1", "body": b"{}", **fields}
    )


def make_send(**fields: Any) -> WahaOutbox:
    message = make_message(make_chat(), "Yes", from_me=True)
    return WahaOutbox.objects.create(
        session=message.session,
        chat=message.chat,
        message=message,
        message_created_at=message.created_at,
        client_token="t",
        **fields,
    )


@contextmanager
def slowed(seconds: float) -> Iterator[None]:
    """Every statement over `journal` takes so long."""

    def wait(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        import time  # noqa: PLC0415  # only here

        time.sleep(seconds)
        return execute(sql, params, many, context)

    with connections[marks.ALIAS].execute_wrapper(wait):
        yield


@pytest.mark.core
def test_check_has_the_keys_that_scripts_rely_on() -> None:
    found = check()

    assert list(found) == list(TITLES)
    assert {"connection", "query_performance", "storage_usage", "replication_lag"} <= set(found)
    assert found["connection"].figures["milliseconds"] > 0
    assert found["storage_usage"].figures["bytes"] > 0


def test_connection_is_broken_while_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_connection: Any) -> None:
        raise OperationalError(2003, "Can't connect")

    with monkeypatch.context() as patch:
        patch.setattr("mercury.ops.database_probes._select_one", away)
        found = check()

    assert found["connection"].state is State.BROKEN
    assert found["workers"].sentence == "Nobody knows while the database does not answer."
    assert state("connection") is State.OK


@pytest.mark.mysql
def test_connection_warns_when_nearly_all_connections_are_in_use() -> None:
    with connections[marks.ALIAS].cursor() as cursor:
        cursor.execute("SELECT @@max_connections")
        most = cursor.fetchone()[0]
    found = check()["connection"]

    assert (found.figures["most_connections"], found.state) == (most, State.OK)
    assert found.figures["connections"] >= 1


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0.06, State.WARNING), (0.12, State.BROKEN), (0.0, State.OK)]
)
@pytest.mark.slow
def test_query_performance_follows_the_database(
    seconds: float, expected: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "SLOW", 50.0)
    monkeypatch.setattr(database, "TOO_SLOW", 110.0)

    with slowed(seconds):
        found = database.query_performance(marks.ALIAS)

    assert found.state is expected
    assert found.figures["milliseconds"] >= seconds * 1000


def test_query_performance_tells_of_slow_statements_of_late() -> None:
    SlowQuery.objects.create(digest="d", statement="SELECT ?", count=3, last_seen_at=timezone.now())
    slow = check()["query_performance"]
    SlowQuery.objects.update(last_seen_at=timezone.now() - timedelta(minutes=11))

    assert slow.state is State.WARNING
    assert slow.sentence.startswith("1 kind of statement took longer than 600000 ms")
    assert state("query_performance") is State.OK


@pytest.mark.core
def test_storage_usage_goes_by_what_the_database_may_hold(settings: Any) -> None:
    used = check()["storage_usage"].figures["bytes"]
    states = []
    for share in (0.99, 0.85, 0.5):
        settings.DATABASE_MAX_BYTES = int(used / share)
        states.append(state("storage_usage"))

    assert states == [State.BROKEN, State.WARNING, State.OK]


def test_storage_usage_sees_sqlites_disk_fill_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr(database, "_folder", lambda _connection: tmp_path)
    states = []
    for free in (50 * 1024**2, 500 * 1024**2, 5 * 1024**3):
        space = SimpleNamespace(free=free)
        monkeypatch.setattr(database.shutil, "disk_usage", lambda _folder, space=space: space)
        states.append(database.storage_usage(marks.ALIAS).state)

    assert states == [State.BROKEN, State.WARNING, State.OK]


def test_replication_lag_follows_the_heartbeat(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replicas, "aliases", lambda: ["journal"])
    silent = check()["replication_lag"]
    ReplicationHeartbeat.objects.create(pk=1, at=timezone.now() - timedelta(seconds=40))
    late = check()["replication_lag"]
    replicas.beat()

    assert silent.state is State.WARNING
    assert silent.sentence == (
        "journal does not answer or shows no heartbeat; reads go to the primary."
    )
    assert late.sentence == "journal is 40 s behind; reads go to the primary."
    assert state("replication_lag") is State.OK


@pytest.mark.mysql
def test_partitions_go_red_when_the_next_month_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    well = state("partitions")
    future = timezone.now() + timedelta(days=31 * 12)
    monkeypatch.setattr(partitions.timezone, "now", lambda: future)

    assert well is State.OK
    assert state("partitions") is State.BROKEN


def test_redis_is_broken_while_it_does_not_answer(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"

    assert machine.redis_server().state is State.BROKEN


@pytest.mark.redis
def test_redis_is_well_when_it_answers(settings: Any, redis_url: str) -> None:
    settings.REDIS_URL = redis_url

    assert machine.redis_server().state is State.OK


@pytest.mark.core
def test_workers_are_broken_when_one_queue_falls_silent() -> None:
    states = {}
    states["nobody"] = check()["workers"]
    marks.report(marks.WORKER)
    age(marks.DRAIN, seconds=61)
    states["drain"] = check()["workers"]
    marks.report(marks.DRAIN)

    assert "of the queue drain has not reported yet" in states["nobody"].sentence
    assert states["drain"].state is State.BROKEN
    assert states["drain"].sentence == (
        "The worker of the queue drain has not reported for 61 seconds: "
        "what customers write is stored but does not show."
    )
    assert state("workers") is State.OK


def test_a_long_batch_is_no_silence() -> None:
    marks.report(marks.WORKER)
    age(marks.DRAIN, minutes=5)
    WahaDrain.objects.create(
        session_id=make_session().pk, lease_until=timezone.now() + timedelta(seconds=20)
    )

    assert state("workers") is State.OK


def test_schedule_is_broken_when_it_hands_nothing_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "_reported", {})
    never = state("schedule")
    marks.report_schedule(sender="drain")
    going = state("schedule")
    age(marks.SCHEDULE, minutes=3)

    assert (never, going, state("schedule")) == (State.BROKEN, State.OK, State.BROKEN)


def test_the_schedule_reports_now_and_then_and_survives_a_dead_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(marks, "_reported", {})
    written = []

    def report(name: str) -> None:
        written.append(name)
        raise OperationalError(2003, "away")

    monkeypatch.setattr(marks, "report", report)
    monkeypatch.setattr(marks, "connections", {marks.ALIAS: SimpleNamespace(close=lambda: None)})

    marks.report_schedule(sender="drain")
    marks.report_schedule(sender="deliver")
    marks.report_alive(marks.WORKER)

    assert written == [marks.SCHEDULE, marks.WORKER]


@pytest.mark.core
def test_waha_servers_are_broken_when_one_with_numbers_stops_answering() -> None:
    server = make_server(name="main", last_seen_at=timezone.now() - timedelta(minutes=4))
    without_numbers = state("waha_servers")
    make_session(server=server)
    silent = check()["waha_servers"]
    WahaServer.objects.update(last_seen_at=timezone.now())

    assert without_numbers is State.OK
    assert silent.state is State.BROKEN
    assert silent.sentence == "No answer for three minutes or more from: main."
    assert state("waha_servers") is State.OK


def test_numbers_warn_while_one_is_not_connected() -> None:
    number = make_session(status=SessionStatus.FAILED)
    failed = check()["numbers"]
    type(number).objects.update(status=SessionStatus.STOPPED)

    assert failed.sentence == "1 number is not connected: its customers write in vain."
    assert state("numbers") is State.OK


@pytest.mark.core
def test_incoming_events_follow_the_oldest_and_those_given_up() -> None:
    states = [state("incoming_events")]
    event = make_event()
    for waited in (10, 45, 180):
        WahaEvent.objects.update(due_at=timezone.now() - timedelta(seconds=waited))
        states.append(state("incoming_events"))
    WahaEvent.objects.update(state=EventState.DEAD)
    dead = check()["incoming_events"]
    event.delete()

    assert states == [State.OK, State.OK, State.WARNING, State.BROKEN]
    assert (dead.state, dead.figures["dead"]) == (State.WARNING, 1)
    assert state("incoming_events") is State.OK


def test_outgoing_messages_follow_the_oldest_and_those_of_unknown_end() -> None:
    row = make_send(due_at=timezone.now() - timedelta(minutes=3))
    late = check()["outgoing_messages"]
    WahaOutbox.objects.update(state=OutboxState.UNKNOWN)
    unclear = check()["outgoing_messages"]
    row.delete()

    assert late.state is State.BROKEN
    assert late.sentence == "The oldest message on its way has waited 3 minutes to be sent."
    assert (unclear.state, unclear.figures["unknown"]) == (State.WARNING, 1)
    assert state("outgoing_messages") is State.OK


def test_disk_follows_the_room_that_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    states = []
    for free in (50 * 1024**2, 500 * 1024**2, 5 * 1024**3):
        space = SimpleNamespace(free=free, used=10**12 - free, total=10**12)
        monkeypatch.setattr(machine.shutil, "disk_usage", lambda _folder, space=space: space)
        states.append(machine.disk().state)

    assert states == [State.BROKEN, State.WARNING, State.OK]


def test_consistency_tells_what_the_nightly_look_found() -> None:
    first = state("consistency")
    HealthSample.objects.create(state="ok", at=timezone.now() - timedelta(hours=40))
    missed = state("consistency")
    marks.report(marks.INVARIANTS, {"broken": 2, "names": ["keys"]})
    found = check()["consistency"]
    marks.report(marks.INVARIANTS, {"broken": 0, "names": []})
    well = state("consistency")
    age(marks.INVARIANTS, hours=37)

    assert (first, missed) == (State.UNKNOWN, State.WARNING)
    assert found.sentence == "The nightly look found rows that contradict each other: keys."
    assert (well, state("consistency")) == (State.OK, State.WARNING)


def test_a_probe_that_times_out_is_told_and_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def stuck(*_args: Any) -> Finding:
        raise OperationalError(2013, "Lost connection during query")

    monkeypatch.setitem(
        __import__("mercury.ops.health.check", fromlist=["OF_WORK"]).OF_WORK, "numbers", stuck
    )

    found = check()

    assert found["numbers"].state is State.BROKEN
    assert found["numbers"].sentence == "The database gave no answer in time: OperationalError."
    assert found["incoming_events"].state is State.OK


def test_worst_orders_states() -> None:
    assert worst([State.OK, State.WARNING, State.UNKNOWN]) is State.WARNING
    assert worst([]) is State.OK


def test_marks_are_read_by_the_databases_clock() -> None:
    marks.report(marks.WORKER)

    now, said = marks.database_now(), marks.read()

    assert work._age(now, said, marks.WORKER) == pytest.approx(0, abs=2)
