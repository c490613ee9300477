"""/livez and /readyz."""

import pytest
from django.core.cache import cache
from django.test import Client

from mercury.ops import database_probes, readiness
from mercury.ops.findings import broken


def test_livez_answers_without_a_database(client: Client) -> None:
    response = client.get("/livez")

    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.core
@pytest.mark.django_db
def test_readyz_is_ok_when_all_is_well(client: Client, redis_url: str) -> None:
    response = client.get("/readyz")

    expected = {"database": "ok", "migrations": "ok"} | ({"redis": "ok"} if redis_url else {})
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "checks": expected}


@pytest.mark.django_db
def test_readyz_fails_while_migrations_are_pending(
    client: Client, monkeypatch: pytest.MonkeyPatch, settings: object
) -> None:
    settings.REDIS_URL = ""  # type: ignore[attr-defined]
    monkeypatch.setattr(database_probes, "pending_migrations", lambda: ["waha.0002"])

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {
        "status": "failing",
        "checks": {"database": "ok", "migrations": "failing"},
    }


@pytest.mark.django_db
def test_readyz_fails_when_the_database_is_away(
    client: Client, monkeypatch: pytest.MonkeyPatch, settings: object
) -> None:
    settings.REDIS_URL = ""  # type: ignore[attr-defined]
    monkeypatch.setattr(
        database_probes, "reachable", lambda _alias: broken("database", "Secret host away.", "")
    )

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {
        "status": "failing",
        "checks": {"database": "failing", "migrations": "failing"},
    }


def test_readyz_fails_when_redis_is_away(
    client: Client, monkeypatch: pytest.MonkeyPatch, settings: object
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"  # type: ignore[attr-defined]
    monkeypatch.setattr(readiness, "_migrated", lambda: True)
    monkeypatch.setattr(
        database_probes, "reachable", lambda _alias: database_probes.ok("database", "")
    )

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["checks"]["redis"] == "failing"


@pytest.mark.django_db
def test_readyz_remembers_applied_migrations_for_a_while(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.delete(readiness.MIGRATED)
    client.get("/readyz")
    monkeypatch.setattr(database_probes, "pending_migrations", lambda: ["waha.0002"])

    remembered = client.get("/readyz").status_code
    cache.delete(readiness.MIGRATED)

    assert (remembered, client.get("/readyz").status_code) == (200, 503)
