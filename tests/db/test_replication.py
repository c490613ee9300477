"""Reading from a real replica: never stale for who wrote, never an error page."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from scripts.harness import mysql as engines
from scripts.harness.mysql import Binaries, NoMySQL, Server
from scripts.harness.processes import child
from tests.fixtures.replication import Pair, replicated

ROOT = Path(__file__).parents[2]
ROUNDS = os.environ.get("REPLICATION_ROUNDS", "100")
START = 60.0
DELAY = 1  # seconds that the replica applies everything late; REPLICA_MAX_LAG is 3


def found(find: Callable[[], Binaries]) -> Binaries:
    try:
        return find()
    except NoMySQL as reason:
        pytest.skip(str(reason))


def answered(drill: subprocess.Popen[str], pair: Pair, binaries: Binaries, stack: ExitStack) -> str:
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
        elif last == "KILL SOURCE":
            pair.source.execute("SHUTDOWN")
        elif last == "START SOURCE":
            stack.enter_context(again(pair.source, binaries))
        else:
            continue
        drill.stdin.write("\n")
        drill.stdin.flush()
    return last


@contextmanager
def again(server: Server, binaries: Binaries) -> Iterator[None]:
    """A server that was shut down, started over its data."""
    assert server.log is not None
    command = [*binaries.server, f"--defaults-file={server.log.parent / 'server.cnf'}"]
    deadline = time.monotonic() + START
    with child(command, log=server.log):
        while True:
            try:
                server.execute("SELECT 1")
            except RuntimeError:
                assert time.monotonic() < deadline, server.log.read_text()[-2000:]
                time.sleep(0.1)
            else:
                break
        yield


@pytest.mark.slow
@pytest.mark.mysql
@pytest.mark.parametrize("find", [engines.find_mysql, engines.find_mariadb])
def test_reads_spread_yet_are_never_stale_for_who_wrote(find: Callable[[], Binaries]) -> None:
    binaries = found(find)
    with ExitStack() as stack:
        pair = stack.enter_context(replicated(binaries))
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
            result = answered(drill, pair, binaries, stack)

    assert json.loads(result) == {
        "live": {"missed": 0, "pages_read_behind": True},
        "before": "replica_1",
        "stale": 0,
        "others_read_behind": True,
        "behind": "default",
        "again": "replica_1",
        "statuses": [200],
        "gone": "default",
        "health": {
            "well": "ok",
            "behind": "warning",
            "again": "ok",
            "away": "warning",
            "locked": "broken",
            "unlocked": "ok",
            "crowded": "warning",
            "alone": "ok",
            "down": "broken",
            "up": "ok",
        },
    }
