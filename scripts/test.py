#!/usr/bin/env python3
"""`make test`: everything it needs, then every lane, then one table. `--help` lists the lanes."""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

if __package__ in (None, ""):  # run as a file, not with -m: make `scripts` importable
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts import servers
from scripts.harness import lanes, packages, venv
from scripts.harness.lanes import Result
from scripts.harness.mysql_folder import NoMySQL
from scripts.harness.places import RESULTS, ROOT
from scripts.harness.processes import end_on_signals
from scripts.harness.redis import NoRedis

# Without Playwright's plugin: its hooks stand in every traceback.
PARALLEL = ["-n", "2", "-p", "no:playwright"]


def check(python: Path, extra: list[str]) -> list[Result]:
    """Format, lint, types, migrations, templates: no test."""
    return lanes.check(python)


def suite(python: Path, extra: list[str]) -> list[Result]:
    """The whole suite on the best server (TEST_DATABASE_URL, MySQL, MariaDB) with Redis."""
    with servers.best() as server, servers.redis() as redis_url:
        env = {"DATABASE_URL": server.url, "REDIS_URL": redis_url}
        return [
            lanes.pytest(
                "suite", python=python, on=str(server), env=env, arguments=[*PARALLEL, *extra]
            )
        ]


def mariadb(python: Path, extra: list[str]) -> list[Result]:
    """The core on MariaDB with Redis."""
    with servers.mariadb() as server, servers.redis() as redis_url:
        env = {"DATABASE_URL": server.url, "REDIS_URL": redis_url}
        arguments = [*PARALLEL, "-m", "core", *extra]
        return [lanes.pytest("core", python=python, on=str(server), env=env, arguments=arguments)]


def sqlite(python: Path, extra: list[str]) -> list[Result]:
    """The core on SQLite without Redis."""
    env = lanes.settings_env(RESULTS / "sqlite")
    arguments = [*PARALLEL, "-m", "core and not redis and not mysql", *extra]
    return [
        lanes.pytest(
            "core embedded", python=python, on="SQLite, no Redis", env=env, arguments=arguments
        )
    ]


def e2e(python: Path, extra: list[str]) -> list[Result]:
    """Browser journeys in Chromium, on the best server with Redis."""
    with servers.best() as server, servers.redis() as redis_url:
        env = {"DATABASE_URL": server.url, "REDIS_URL": redis_url}
        return [
            lanes.pytest(
                "e2e", python=python, on=str(server), env=env, arguments=["tests/e2e", *extra]
            )
        ]


LANES: dict[str, Callable[[Path, list[str]], list[Result]]] = {
    lane.__name__: lane for lane in (check, suite, mariadb, sqlite, e2e)
}


def run_lane(name: str, python: Path, extra: list[str]) -> list[Result]:
    """A lane's results; a server that cannot be had is that lane's failure, not the end."""
    try:
        return LANES[name](python, extra)
    except (NoMySQL, NoRedis) as error:
        print(f"!!! {name}: {error}", flush=True)
        return [Result(name, "no server", False, failed=1)]


def main() -> int:
    lines = [f"{name}: {(lane.__doc__ or '').strip()}" for name, lane in LANES.items()]
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="\n".join(lines),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("lanes", nargs="*", metavar="lane", help="all, when none is named")
    parser.add_argument("--pytest", nargs=argparse.REMAINDER, default=[], help="more for pytest")
    wanted = parser.parse_args()
    if unknown := set(wanted.lanes) - set(LANES):
        parser.error(f"no such lane: {', '.join(sorted(unknown))}")

    os.chdir(ROOT)
    end_on_signals()
    try:
        if wanted.lanes != ["check"]:
            packages.ensure()
        python = venv.ensure()
    except (packages.MissingPackages, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 1
    return run_lanes(wanted.lanes or list(LANES), python, wanted.pytest)


def run_lanes(names: list[str], python: Path, extra: list[str]) -> int:
    shutil.rmtree(RESULTS, ignore_errors=True)
    results: list[Result] = []
    try:
        for name in names:
            results += run_lane(name, python, extra)
        if {"suite", "e2e"} <= set(names) and not extra:
            results.append(lanes.reached_urls(python))
    except KeyboardInterrupt:
        print("\nStopped.", flush=True)
        return 130
    return lanes.summary(results)


if __name__ == "__main__":
    sys.exit(main())
