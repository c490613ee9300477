#!/usr/bin/env python3
"""Private database and Redis servers for a command: `scripts/servers.py run --mysql -- make …`."""

import argparse
import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

if __package__ in (None, ""):  # run as a file, not with -m: make `scripts` importable
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.harness import mysql as engines
from scripts.harness import redis as redis_servers
from scripts.harness.mysql import Server
from scripts.harness.mysql_folder import NoMySQL
from scripts.harness.processes import child, end_on_signals


@contextmanager
def mysql(**options: str) -> Iterator[Server]:
    """A private real MySQL; `options` are server variables. Raises NoMySQL."""
    with engines.running(engines.find_mysql(), **options) as server:
        yield server


@contextmanager
def mariadb(**options: str) -> Iterator[Server]:
    """A private MariaDB; `options` are server variables. Raises NoMySQL."""
    with engines.running(engines.find_mariadb(), **options) as server:
        yield server


@contextmanager
def redis() -> Iterator[str]:
    """The URL of a private Redis. Raises NoRedis."""
    with redis_servers.running() as url:
        yield url


@contextmanager
def best() -> Iterator[Server]:
    """TEST_DATABASE_URL if set, else a real MySQL, else MariaDB, which it says loudly."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield Server("TEST_DATABASE_URL", without_password(url), url)
        return
    with ExitStack() as stack:
        try:
            server = stack.enter_context(mysql())
        except NoMySQL as reason:
            print(f"\n!!! NO REAL MYSQL: {reason}\n!!! Testing on MariaDB instead.\n", flush=True)
            server = stack.enter_context(mariadb())
        yield server


def without_password(url: str) -> str:
    """The URL as it may be printed."""
    return re.sub(r"://([^:/@]*):[^@]*@", r"://\1:…@", url)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    run = parser.add_subparsers(required=True).add_parser("run", help="run a command with them")
    engine = run.add_mutually_exclusive_group()
    engine.add_argument("--mysql", action="store_true", help="a real MySQL")
    engine.add_argument("--mariadb", action="store_true")
    engine.add_argument("--best", action="store_true", help="MySQL if it can be had")
    run.add_argument("--redis", action="store_true")
    run.add_argument("command", nargs="*", help="after --; without one: until Ctrl-C")
    wanted = parser.parse_args()

    end_on_signals()
    with ExitStack() as stack:
        env = dict(os.environ)
        for asked, start in ((wanted.mysql, mysql), (wanted.mariadb, mariadb), (wanted.best, best)):
            if asked:
                server = stack.enter_context(start())
                env["DATABASE_URL"] = server.url
                print(f"# {server}\nDATABASE_URL={without_password(server.url)}", flush=True)
        if wanted.redis:
            env["REDIS_URL"] = stack.enter_context(redis())
            print(f"REDIS_URL={env['REDIS_URL']}", flush=True)
        try:
            if not wanted.command:
                signal.pause()
                return 0
            with child(wanted.command, env=env) as process:
                return process.wait()
        except KeyboardInterrupt:
            return 130


if __name__ == "__main__":
    sys.exit(main())
