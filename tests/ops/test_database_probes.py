"""The looks at the database, against the real one of this run and against bad ones."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import time_machine
from django.core.checks import run_checks
from django.db import OperationalError, connection

from mercury.ops import checks, database_probes
from mercury.ops.findings import State
from waha.lifecycle import partitions


@pytest.mark.core
@pytest.mark.django_db
def test_probes_find_this_database_well() -> None:
    findings = [
        database_probes.reachable(),
        database_probes.migrations(),
        *database_probes.server(),
        database_probes.partitions_ahead(),
    ]

    assert [finding for finding in findings if finding.state is not State.OK] == []


@pytest.mark.django_db
def test_reachable_says_why_the_database_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_connection: object) -> None:
        raise OperationalError(2003, "Can't connect to server on 'db' (111).")

    monkeypatch.setattr(database_probes, "_select_one", away)

    finding = database_probes.reachable()

    assert finding.state is State.BROKEN
    assert finding.sentence == (
        "The database does not answer: Can't connect to server on 'db' (111)."
    )


@pytest.mark.mysql
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("statement", "name", "id_"),
    [
        ("SET SESSION sql_mode = ''", "strict mode", "mercury.E002"),
        ("SET SESSION character_set_database = 'latin1'", "character set", "mercury.E003"),
    ],
)
def test_check_finds_a_server_set_up_wrong(statement: str, name: str, id_: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@sql_mode, @@character_set_database")
        before = cursor.fetchone()
        cursor.execute(statement)
    try:
        findings = database_probes.server()
        errors = checks.check_server(None, databases=["default"])
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION sql_mode = %s, character_set_database = %s", before)

    assert [f.name for f in findings if f.state is State.BROKEN] == [name]
    assert [error.id for error in errors] == [id_]


@pytest.mark.mysql
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("probe", "answer", "name"),
    [
        (database_probes._time_zones, "None", "time zones"),
        (database_probes._version, "", "server version"),
    ],
)
def test_probe_finds_missing_time_zones_and_old_versions(
    monkeypatch: pytest.MonkeyPatch, probe: Callable[..., object], answer: str, name: str
) -> None:
    monkeypatch.setattr(database_probes, "_scalar", lambda *_: answer)
    monkeypatch.setattr(database_probes, "_numbers", lambda _: (5, 7, 44))

    found = probe(connection)

    assert (found.name, found.state) == (name, State.BROKEN)  # type: ignore[attr-defined]


@pytest.mark.mysql
@pytest.mark.django_db
def test_partitions_ahead_warns_when_a_month_comes_without_one() -> None:
    with time_machine.travel(datetime(2120, 5, 1, tzinfo=UTC)):
        finding = database_probes.partitions_ahead()
        missing = partitions.missing(1)

    assert finding.state is State.WARNING
    assert {"waha_messages_2120_05", "waha_messages_2120_06"} <= set(missing)


@pytest.mark.django_db
def test_checks_run_with_check_database() -> None:
    ours = [m for m in run_checks(databases=["default"]) if (m.id or "").startswith("mercury.")]

    assert ours == []
