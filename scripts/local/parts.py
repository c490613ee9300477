"""The parts of the running product: how each is started, watched, and stopped with the rest."""

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from scripts.harness.processes import child

TAIL_LINES = 25
RESTARTS = 3
RESTART_WINDOW = 60.0


class PartFailed(Exception):
    """A part that does not stay up; the message has the end of its log."""


@dataclass(slots=True)
class Part:
    """One process of the demo."""

    name: str
    command: list[str]
    log: Path
    process: "subprocess.Popen[bytes] | None" = None
    stack: ExitStack = field(default_factory=ExitStack)
    deaths: list[float] = field(default_factory=list)

    def start(self, env: Mapping[str, str]) -> None:
        """Start it, its words going to its log."""
        self.process = self.stack.enter_context(child(self.command, log=self.log, env=env))

    def stop(self) -> None:
        """End it and everything it started."""
        self.stack.close()
        self.process = None

    def tail(self) -> str:
        """The last lines of its log."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(f"    {line}" for line in lines[-TAIL_LINES:])


class Running:
    """All parts together; leaving the block stops them, whatever the reason."""

    def __init__(self, parts: list[Part], env: Mapping[str, str]) -> None:
        self.parts = parts
        self.env = env

    def __enter__(self) -> "Running":
        try:
            for part in self.parts:
                part.log.write_text("")
                part.start(self.env)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        # All are asked at once, so that stopping takes as long as the slowest, not the sum.
        for part in self.parts:
            if part.process is not None and part.process.poll() is None:
                part.process.terminate()
        for part in reversed(self.parts):
            part.stop()

    def wait_for(self, url: str, *, seconds: float) -> None:
        """Return once `url` answers; raises PartFailed when it does not or a part dies."""
        deadline = time.monotonic() + seconds
        while not _answers(url):
            self.watch()
            if time.monotonic() > deadline:
                logs = "\n".join(f"  {part.name}:\n{part.tail()}" for part in self.parts)
                raise PartFailed(f"{url} did not answer within {seconds:.0f} seconds.\n{logs}")
            time.sleep(0.2)

    def watch(self) -> None:
        """Start again what has died, and say so. Raises PartFailed when it keeps dying."""
        for part in self.parts:
            if part.process is None or part.process.poll() is None:
                continue
            now = time.monotonic()
            part.deaths = [at for at in part.deaths if now - at < RESTART_WINDOW] + [now]
            code = part.process.returncode
            if len(part.deaths) > RESTARTS:
                raise PartFailed(
                    f"{part.name} ended {len(part.deaths)} times within a minute (last with code "
                    f"{code}), so everything is stopped. The end of {part.log}:\n{part.tail()}"
                )
            print(
                f"{part.name} ended with code {code} and is started again; see {part.log}",
                file=sys.stderr,
                flush=True,
            )
            part.stop()
            time.sleep(0.5)
            part.start(self.env)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  # our own http address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
