"""gunicorn, started as in production, and the memory of its processes."""

import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scripts.harness.processes import child, free_port

ROOT = Path(__file__).resolve().parent.parent
WORKERS, THREADS = 2, 4


@dataclass(frozen=True)
class Web:
    """A running gunicorn: its port and its master's process id."""

    port: int
    pid: int

    def resident_mb(self) -> list[float]:
        """Resident memory of each of its processes, in MB, largest first."""
        return sorted((_resident(pid) for pid in [self.pid, *_children(self.pid)]), reverse=True)


@contextmanager
def gunicorn(application: str) -> Iterator[Web]:
    """Serve `module` or `module:name` with production's configuration on a free port."""
    port = free_port()
    env = {
        **os.environ,
        "WEB_BIND": f"127.0.0.1:{port}",
        "WEB_WORKERS": str(WORKERS),
        "WEB_THREADS": str(THREADS),
        "ALLOWED_HOSTS": "127.0.0.1",
    }
    command = [
        sys.executable, "-m", "gunicorn", "--chdir", ROOT, "--log-level", "warning",
        "--config", ROOT / "deploy/gunicorn.conf.py", application,
    ]  # fmt: skip
    with child(command, env=env) as process:
        _wait(port)
        yield Web(port, process.pid)


def _wait(port: int, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError("gunicorn did not come up; its words stand above")


def _children(pid: int) -> list[int]:
    words = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(word) for word in words]


def _resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"process {pid} has no resident memory")
