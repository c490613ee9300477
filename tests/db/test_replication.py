"""Reading from a real replica: never stale for who wrote, never an error page."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.harness import mysql as engines
from scripts.harness.mysql import Binaries, NoMySQL
from tests.fixtures.replication import Pair, replicated

ROOT = Path(__file__).parents[2]
ROUNDS = os.environ.get("REPLICATION_ROUNDS", "100")
DELAY = 1  # seconds that the replica applies everything late; REPLICA_MAX_LAG is 3


def found(find: Callable[[], Binaries]) -> Binaries:
    try:
        return find()
    except NoMySQL as reason:
        pytest.skip(str(reason))


def answered(drill: subprocess.Popen[str], pair: Pair) -> str:
    """Do to the replica what the drill asks for; return its last line."""
    assert drill.stdin is not None
    assert drill.stdout is not None
    last = ""
    for line in drill.stdout:
        last = line.strip()
        if last == "STOP":
            pair.stop_applying()
        elif last == "GO":
            pair.go_on_applying()
        elif last == "KILL":
            pair.replica.execute("SHUTDOWN")
        else:
            continue
        drill.stdin.write("\n")
        drill.stdin.flush()
    return last


@pytest.mark.slow
@pytest.mark.mysql
@pytest.mark.parametrize("find", [engines.find_mysql, engines.find_mariadb])
def test_reads_spread_yet_are_never_stale_for_who_wrote(find: Callable[[], Binaries]) -> None:
    with replicated(found(find)) as pair:
        pair.delay(DELAY)
        env = {
            **os.environ,
            "DATABASE_URL": pair.source.url,
            "REPLICA_URL": pair.replica.url,
            "REDIS_URL": "",
            "PYTHONPATH": str(ROOT),
        }
        command = [sys.executable, "-m", "tests.db.replication_drill", ROUNDS]
        pipe = subprocess.PIPE
        with subprocess.Popen(  # noqa: S603  # our own drill
            command, cwd=ROOT, env=env, stdin=pipe, stdout=pipe, text=True
        ) as drill:
            result = answered(drill, pair)

    assert json.loads(result) == {
        "live": {"missed": 0, "pages_read_behind": True},
        "before": "replica_1",
        "stale": 0,
        "others_read_behind": True,
        "behind": "default",
        "again": "replica_1",
        "statuses": [200],
        "gone": "default",
    }
