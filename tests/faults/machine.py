"""A whole installation as in production, whose parts can be killed and come back."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from scripts.bench import DURABLE
from scripts.harness import mysql as engines
from scripts.harness.folders import server_folder
from scripts.harness.mysql import Server
from scripts.harness.places import ROOT
from scripts.harness.processes import child, free_port

CELERY = [sys.executable, "-m", "celery", "-A", "mercury", "--quiet"]
WORKER = ["--without-gossip", "--without-mingle", "--loglevel", "WARNING"]


@dataclass
class Part:
    """One kind of process. Started by the main thread only: it ends with the thread it is of."""

    name: str
    command: list[str]
    env: dict[str, str]
    log: Path
    kills: int = 0
    _running: ExitStack = field(default_factory=ExitStack)
    pid: int = 0

    def start(self) -> None:
        """Start it, or start it again."""
        self._running.close()
        process = self._running.enter_context(child(self.command, log=self.log, env=self.env))
        self.pid = process.pid

    def kill(self) -> None:
        """Take it and all it started away in the middle of whatever it does (kill -9)."""
        os.killpg(self.pid, signal.SIGKILL)
        self.kills += 1

    def stop(self) -> None:
        """End it in peace."""
        self._running.close()


@dataclass
class Machine:
    """The parts by name, the environment they share, and the address of the web server."""

    env: dict[str, str]
    port: int
    server: Server
    parts: dict[str, Part]
    flushes: int = 0

    def restart(self, name: str) -> None:
        """Kill a part and start it again."""
        self.parts[name].kill()
        self.parts[name].start()

    @property
    def kills(self) -> str:
        """How often each part was killed."""
        return " ".join(f"{part.name}×{part.kills}" for part in self.parts.values() if part.kills)

    @property
    def injected(self) -> int:
        """How many parts were killed, and Redis emptied."""
        return sum(part.kills for part in self.parts.values()) + self.flushes

    def forget_kills(self) -> None:
        """Count from none for the next experiment."""
        self.flushes = 0
        for part in self.parts.values():
            part.kills = 0

    def restart_mysql(self) -> None:
        """Kill the database server and start it on what it left behind."""
        log = self.server.log
        assert log is not None
        os.kill(int((log.parent / "server.pid").read_text()), signal.SIGKILL)
        # The killed one is still our child, and its successor would believe the socket taken.
        for lock in log.parent.glob("*.sock*"):
            lock.unlink()
        mysql = self.parts["mysqld"]
        mysql.kills += 1
        mysql.start()
        if not until(lambda: self._answers("SELECT 1"), seconds=120):
            raise TimeoutError(f"MySQL does not come back:\n{log.read_text()[-2000:]}")

    def _answers(self, sql: str) -> bool:
        try:
            return bool(self.server.execute(sql))
        except RuntimeError:
            return False


@contextmanager
def machine() -> Iterator[Machine]:
    """MySQL with durable commits, Redis, web, two workers and the schedule, all private."""
    with ExitStack() as stack:
        binaries = engines.find_mysql()
        server = stack.enter_context(engines.running(binaries, **DURABLE))
        folder = stack.enter_context(server_folder(f"faults-{os.getpid()}"))
        port, redis, waha = free_port(), free_port(), free_port()
        env = _environment(server, folder, port, redis, waha)
        commands = {
            "redis": ["redis-server", "--port", str(redis), "--bind", "127.0.0.1", "--save", "",
                      "--dir", str(folder)],
            "web": [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py"],
            "drain": [*CELERY, "worker", "-Q", "drain", "-n", "drain@%h", "-c", "2", *WORKER],
            "worker": [*CELERY, "worker", "-Q", "default", "-n", "default@%h", "-c", "4", *WORKER],
            "beat": [*CELERY, "beat", "--pidfile", "", "--loglevel", "WARNING"],
        }  # fmt: skip
        parts = {
            name: Part(name, command, env, folder / f"{name}.log")
            for name, command in commands.items()
        }
        for command in (["migrate", "--verbosity=0"], ["collectstatic", "--noinput", "-v0"]):
            subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=env, check=True)
        for part in parts.values():
            stack.callback(part.stop)
            part.start()
        assert server.log is not None
        again = [*binaries.server, f"--defaults-file={server.log.parent / 'server.cnf'}"]
        parts["mysqld"] = Part("mysqld", again, env, server.log)
        stack.callback(parts["mysqld"].stop)
        until(lambda: _serves(port), seconds=60)
        yield Machine(env, port, server, parts)


def until(condition: Callable[[], bool], *, seconds: float) -> bool:
    """Wait for a condition; False when it did not come true in time."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if condition():
            return True
        time.sleep(0.25)
    return False


def _environment(server: Server, folder: Path, port: int, redis: int, waha: int) -> dict[str, str]:
    url = f"http://127.0.0.1:{port}"
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "mercury.settings",
        "DATABASE_URL": server.url,
        "REDIS_URL": f"redis://127.0.0.1:{redis}/0",
        **dict.fromkeys(["DATABASE_REPLICA_URLS", "SHARD_DATABASE_URLS", "ELASTICSEARCH_URL"], ""),
        "MERCURY_VAR": str(folder / "var"),
        "STORAGE_URL": f"file://{folder / 'files'}",
        "PUBLIC_URL": url,
        "WEBHOOK_URL": url,
        "WAHA_URL": f"http://127.0.0.1:{waha}",
        "WAHA_API_KEY": "faults-api-key",
        "WAHA_HMAC_KEY": "faults-hmac-key-faults-hmac-key",
        "WEB_BIND": f"127.0.0.1:{port}",
        "LOG_LEVEL": "WARNING",
    }


def _serves(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/livez", timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False
