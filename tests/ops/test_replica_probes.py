"""What doctor says of read replicas, with the lag they would show."""

from typing import Any

import pytest

from mercury.db import replicas
from mercury.ops import replica_probes
from mercury.ops.findings import State


@pytest.fixture
def lag(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """Two replicas by the lag each of them shows."""
    found = {"replica_1": 0.4, "replica_2": 0.4}
    monkeypatch.setattr(replicas, "aliases", lambda: list(found))
    monkeypatch.setattr(replicas, "measure_lag", found.__getitem__)
    monkeypatch.setattr(replica_probes, "_read_only", lambda alias: alias != "replica_2")
    return found


def states() -> dict[str, State]:
    return {finding.name: finding.state for finding in replica_probes.read_replicas()}


def test_without_replicas_there_is_nothing_to_say() -> None:
    assert states() == {}


def test_a_replica_that_takes_writes_is_told(lag: dict[str, float]) -> None:
    assert states() == {"replica_1": State.OK, "replica_2": State.WARNING}


@pytest.mark.parametrize(("seconds", "word"), [(7.0, "7 s behind"), (replicas.INFINITE, "answer")])
def test_a_late_or_silent_replica_is_a_warning(
    lag: dict[str, float], seconds: float, word: str
) -> None:
    lag["replica_1"] = seconds

    finding = next(replica_probes.read_replicas())

    assert finding.state is State.WARNING
    assert word in finding.sentence
    assert finding.mend


def test_a_lag_that_open_pages_could_miss_messages_by_is_refused(
    lag: dict[str, float], settings: Any
) -> None:
    settings.REPLICA_MAX_LAG = 9.0

    assert states()["replicas"] is State.BROKEN


@pytest.mark.mysql
@pytest.mark.django_db
def test_a_server_says_whether_it_takes_writes() -> None:
    assert replica_probes._read_only("default") is False
