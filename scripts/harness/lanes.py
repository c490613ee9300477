"""What `make test` runs, lane by lane, and what came of it."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from scripts.harness.places import RESULTS
from scripts.harness.processes import child

URLS_REACHED = RESULTS / "urls"
MANY = 30
"""So many names of failed tests of a lane are told at the end."""
FEW = 6
"""So many failures at the most are looked at a second time, alone: browsers and kill -9 depend on
how busy a machine is. What passes only then is counted and named as unsteady."""


@dataclass
class Result:
    """What came of one lane; steps of `check` count in `ok` alone, they are no tests."""

    lane: str
    on: str
    ok: bool
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    unsteady: int = 0
    seconds: float = 0
    names: list[str] = field(default_factory=list)
    """The tests that failed or were unsteady."""

    def __str__(self) -> str:
        mark = "ok  " if self.ok else "FAIL"
        counts = f"{self.passed:5} passed {self.failed:4} failed {self.skipped:4} skipped"
        unsteady = f", {self.unsteady} UNSTEADY" if self.unsteady else ""
        return f"{mark} {self.lane:<22} {self.on:<22} {counts} {self.seconds:7.1f} s{unsteady}"


def heading(text: str) -> None:
    print(f"\n=== {text} {'=' * max(3, 90 - len(text))}", flush=True)


def run(command: Sequence[str | Path], env: dict[str, str] | None = None) -> int:
    """Run a command with its output on the terminal; returns its exit code."""
    with child(command, env={**os.environ, **(env or {})}) as process:
        return process.wait()


def check(python: Path) -> list[Result]:
    """Format, lint, types, migrations, templates. Reads the code, needs no server."""
    bin_dir = python.parent
    manage: list[str | Path] = [python, "manage.py"]
    steps: dict[str, Sequence[str | Path]] = {
        "format": [bin_dir / "ruff", "format", "--check", "--quiet", "."],
        "lint": [bin_dir / "ruff", "check", "--quiet", "."],
        "types": [bin_dir / "mypy"],
        "migrations": [*manage, "makemigrations", "--check", "--dry-run"],
        "safe migrations": [python, "-m", "scripts.harness.migrations"],
        "templates": [bin_dir / "djlint", "--lint", "--quiet", "templates"],
    }
    results = []
    for name, command in steps.items():
        heading(f"check: {name}")
        started = time.monotonic()
        code = run(command, settings_env(RESULTS / "check"))
        print("ok" if code == 0 else f"FAILED ({code})", flush=True)
        results.append(Result(f"check: {name}", "", code == 0, seconds=time.monotonic() - started))
    return results


def settings_env(var: Path) -> dict[str, str]:
    """An environment for commands that load the settings: embedded, apart from anybody's data."""
    var.mkdir(parents=True, exist_ok=True)
    return {
        "MERCURY_VAR": str(var),
        "DATABASE_URL": f"sqlite:///{var / 'mercury.sqlite3'}",
        "DATABASE_REPLICA_URLS": "",
        "SHARD_DATABASE_URLS": "",
        "REDIS_URL": "",
        "ELASTICSEARCH_URL": "",
        "PUBLIC_URL": "http://127.0.0.1:8000",
    }


def pytest(
    lane: str, *, python: Path, on: str, env: dict[str, str], arguments: Sequence[str]
) -> Result:
    """One call of pytest; its counts come from its JUnit file."""
    heading(f"{lane} on {on}")
    report = RESULTS / f"{lane.replace(' ', '-')}.xml"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    started = time.monotonic()
    command: list[str | Path] = [python, "-m", "pytest", "-q", f"--junitxml={report}", *arguments]
    places = {"URLS_REACHED": str(URLS_REACHED), "TEST_VAR": str(_var(lane))}
    code = run(command, {**places, **env})
    result = Result(lane, on, code == 0)
    if report.is_file():
        _count(result, report)
    if code == 1 and 0 < result.failed <= FEW:
        _look_again(result, [*command, "--last-failed", "-n", "0"], {**places, **env})
    result.seconds = time.monotonic() - started
    if not result.ok and not result.failed:
        result.failed = 1  # the lane itself: nothing collected, a crash, a bad option
        result.names.append(f"pytest itself, which ended with code {code}")
    return result


def _look_again(result: Result, command: Sequence[str | Path], env: dict[str, str]) -> None:
    """Run the few that failed once more, one by one; what passes now is called unsteady."""
    heading(f"{result.lane}: {result.failed} failed, once more alone")
    if run(command, env) == 0:
        result.ok, result.unsteady = True, result.failed
        result.passed, result.failed = result.passed + result.failed, 0


def _var(lane: str) -> Path:
    """Where the lane's tests keep files: under var/, so that a killed run leaves no litter."""
    folder = RESULTS / lane.replace(" ", "-")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _count(result: Result, report: Path) -> None:
    # Our own pytest wrote it a second ago.
    for suite in ElementTree.parse(report).getroot().iter("testsuite"):  # noqa: S314
        number = {key: int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped")}
        result.failed += number["failures"] + number["errors"]
        result.skipped += number["skipped"]
        result.passed += number["tests"] - sum(
            number[key] for key in ("failures", "errors", "skipped")
        )
        result.names += [
            f"{case.get('classname')}::{case.get('name')}"
            for case in suite.iter("testcase")
            if case.find("failure") is not None or case.find("error") is not None
        ]


def reached_urls(python: Path) -> Result:
    """Whether the tests that just ran reached every URL pattern of ours."""
    heading("every URL is reached by a test")
    started = time.monotonic()
    code = run([python, "-m", "tests.house.reached", str(URLS_REACHED)])
    return Result("URLs reached", "", code == 0, seconds=time.monotonic() - started)


def summary(results: list[Result]) -> int:
    """Print the table and what failed; 0 when all is well. The last line is the sum of the tests.

    The names stand at the end because many keep no more than that of what a run has printed.
    """
    heading("summary")
    for result in results:
        print(result)
    for result in results:
        for name in result.names[:MANY]:
            print(f"{'unsteady' if result.ok else 'FAILED'}: {result.lane}: {name}")
    passed = sum(result.passed for result in results)
    failed = sum(result.failed for result in results)
    print(f"\n{passed} passed, {failed} failed", flush=True)
    return 0 if all(result.ok for result in results) else 1
