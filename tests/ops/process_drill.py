"""What `test_health_broken.py` runs in a process of its own: workers, schedule and Redis for real.

They are started as in production, killed, and started again; prints one JSON object of what the
health check says each time. Time passes by making marks older, which whoever lives renews.
"""

import json
import os
import shutil
import sys
import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

from scripts.harness.processes import child, free_port
from tests import environment

folder, port = Path(sys.argv[1]), free_port()
environment.FIXED["REDIS_URL"] = f"redis://127.0.0.1:{port}/0"
environment.set_up()

from django.db.models import F  # noqa: E402  # only after the environment

from mercury.ops.health.check import DatabaseHealthCheck  # noqa: E402
from mercury.ops.models import HealthMark  # noqa: E402

NAMES = ("redis", "schedule", "workers")
CELERY = [sys.executable, "-W", "ignore", "-m", "celery", "-A", "mercury", "--quiet"]
COMMANDS = {
    "redis": ["redis-server", "--port", str(port), "--save", "", "--dir", str(folder)],
    "drain": [*CELERY, "worker", "-Q", "drain", "-n", "drain@%h", "--pool", "solo"],
    "default": [*CELERY, "worker", "-Q", "default", "-n", "default@%h", "--pool", "solo"],
    "schedule": [*CELERY, "beat", "--pidfile", "", "--schedule", str(folder / "beat")],
}
PATIENCE = 60.0


class Parts:
    """The processes; each is killed as by a full memory and may be started again."""

    def __init__(self) -> None:
        self.running: dict[str, ExitStack] = {}

    def start(self, *names: str) -> None:
        for name in names:
            stack = self.running[name] = ExitStack()
            stack.enter_context(child(COMMANDS[name], log=folder / f"{name}.log", env=os.environ))

    def kill(self, *names: str) -> None:
        for name in names:
            self.running.pop(name).close()


def told() -> dict[str, str]:
    found = DatabaseHealthCheck().check()
    return {name: found[name].state.value for name in NAMES}


def becomes(wanted: dict[str, str]) -> dict[str, str]:
    """What is told once it is as wanted, or at the end of all patience."""
    deadline = time.monotonic() + PATIENCE
    while (found := told()) != wanted and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


def let_time_pass() -> None:
    HealthMark.objects.update(at=F("at") - timedelta(seconds=61))


def main() -> dict[str, Any]:
    parts, well = Parts(), dict.fromkeys(NAMES, "ok")
    found: dict[str, Any] = {"nothing runs": told()}
    try:
        parts.start("redis", "drain", "default", "schedule")
        found["everything runs"] = becomes(well)
        parts.kill("drain")
        let_time_pass()
        found["a worker killed"] = becomes({**well, "workers": "broken"})
        parts.kill("schedule")
        let_time_pass()
        found["the schedule too"] = becomes({**well, "schedule": "broken", "workers": "broken"})
        parts.start("drain", "schedule")
        found["started again"] = becomes(well)
        parts.kill("redis")
        found["redis killed"] = told()["redis"]
    finally:
        parts.kill(*parts.running)
    return found


shutil.copyfile(os.environ["MIGRATED"], Path(folder, "db.sqlite3"))
print(json.dumps(main()))  # noqa: T201  # the test reads it
