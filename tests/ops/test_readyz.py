"""/livez and /readyz."""

from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client

from mercury.ops import database_probes
from mercury.ops.health import check, database, marks
from mercury.ops.health.check import TITLES


def test_livez_answers_without_a_database(client: Client) -> None:
    response = client.get("/livez")

    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.core
@pytest.mark.django_db
def test_readyz_is_ok_when_all_is_well(client: Client) -> None:
    for name in (marks.WORKER, marks.DRAIN, marks.SCHEDULE):
        marks.report(name)

    response = client.get("/readyz")

    expected = dict.fromkeys(TITLES, "ok") | {"consistency": "unknown"}
    assert response.json() == {"status": "ok", "checks": expected}
    assert response.status_code == 200


@pytest.mark.django_db
def test_readyz_stays_open_while_workers_are_away(client: Client) -> None:
    """The webhook must be reached all the same; the answer says what is wrong."""
    marks.report(marks.SCHEDULE)

    response = client.get("/readyz")

    assert (response.status_code, response.json()["status"]) == (200, "degraded")
    failing = [name for name, word in response.json()["checks"].items() if word == "failing"]
    assert failing == ["workers"]


@pytest.mark.django_db
def test_readyz_fails_while_migrations_are_pending(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_probes, "pending_migrations", lambda _alias: ["waha.0002"])

    response = client.get("/readyz")

    assert (response.status_code, response.json()["status"]) == (503, "failing")
    assert response.json()["checks"]["migrations"] == "failing"
    assert response.json()["checks"]["workers"] == "unknown"


@pytest.mark.django_db
def test_readyz_fails_when_the_database_is_away(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_connection: Any) -> None:
        raise OperationalError(2003, "Can't connect to secret-host")

    monkeypatch.setattr(database_probes, "_select_one", away)

    response = client.get("/readyz")

    assert (response.status_code, response.json()["status"]) == (503, "failing")
    assert response.json()["checks"] == {
        "connection": "failing",
        "redis": "ok",
        "search": "ok",
        "disk": "ok",
        **dict.fromkeys({*check.OF_DATABASE, *check.OF_WORK}, "unknown"),
    }
    assert b"secret-host" not in response.content


@pytest.mark.django_db
def test_readyz_fails_when_redis_is_away(client: Client, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["checks"]["redis"] == "failing"


@pytest.mark.django_db
def test_readyz_remembers_applied_migrations_for_a_while(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get("/readyz")
    monkeypatch.setattr(database_probes, "pending_migrations", lambda _alias: ["waha.0002"])

    remembered = client.get("/readyz").status_code
    cache.delete(f"{database.MIGRATED}:{marks.ALIAS}")

    assert (remembered, client.get("/readyz").status_code) == (200, 503)
