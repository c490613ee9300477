"""Where reads go: by request, by block, after a write."""

from typing import Any

import pytest
from django.db import router

from accounts.models import User
from crm.models import Company
from mercury.db import consistency, replicas, routers
from mercury.db.consistency import on_primary, on_replica
from waha.models import UserWaha, WahaOutbox


@pytest.fixture(autouse=True)
def two_replicas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both healthy; the one asked for before is kept, else the first."""
    monkeypatch.setattr(replicas, "choose", lambda before="": before or "replica_1")
    # A test's own transaction would send every read to the primary.
    monkeypatch.setattr(routers.transaction, "get_connection", lambda alias: NoTransaction())


class NoTransaction:
    in_atomic_block = False


def read_from(model: Any = Company) -> str:
    return str(router.db_for_read(model))


def test_outside_of_a_request_the_primary_is_read() -> None:
    assert read_from() == "default"


def test_a_request_reads_a_replica_until_it_writes() -> None:
    with consistency.reading(replicas=True) as reading:
        before = read_from()
        router.db_for_write(Company)
        after = read_from()

    assert (before, after, reading.wrote) == ("replica_1", "default", True)


@pytest.mark.parametrize("model", [User, UserWaha, WahaOutbox])
def test_who_may_what_and_what_is_claimed_is_read_from_the_primary(model: Any) -> None:
    with consistency.reading(replicas=True):
        assert read_from(model) == "default"


def test_a_block_forces_where_it_reads() -> None:
    with consistency.reading(replicas=True) as reading:
        with on_primary():
            forced = read_from()
        with on_replica():
            router.db_for_write(Company)
            report = read_from()
        afterwards = read_from()

    assert (forced, report, afterwards) == ("default", "replica_1", "default")
    assert reading.wrote


def test_a_view_is_forced_by_a_decorator() -> None:
    view = on_primary()(read_from)

    with consistency.reading(replicas=True):
        assert (view(), view(), read_from()) == ("default", "default", "replica_1")


def test_one_request_stays_with_one_replica(monkeypatch: pytest.MonkeyPatch) -> None:
    offered = iter(["replica_2", "replica_1"])
    monkeypatch.setattr(replicas, "choose", lambda before="": before or next(offered))

    with consistency.reading(replicas=True):
        assert [read_from() for _ in range(3)] == ["replica_2"] * 3
    with consistency.reading(replicas=True):
        assert read_from() == "replica_1"


def test_without_a_healthy_replica_the_primary_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replicas, "choose", lambda before="": None)

    with consistency.reading(replicas=True):
        assert read_from() == "default"
