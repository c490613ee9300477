#!/usr/bin/env python3
"""`make bench`: the benchmarks on private servers with durable commits. `--help` names them."""

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

if __package__ in (None, ""):  # run as a file, not with -m: make `scripts` importable
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts import servers
from scripts.harness import venv
from scripts.harness.mysql import NoMySQL, Server
from scripts.harness.places import ROOT, VAR
from scripts.harness.processes import child, end_on_signals
from scripts.harness.redis import NoRedis

# A commit is on the disk when the client hears of it, as in production.
DURABLE = {
    "innodb_flush_log_at_trx_commit": "1",
    "innodb_doublewrite": "ON",
    "innodb_buffer_pool_size": "1G",
}


def database(stack: ExitStack) -> Server:
    """A durable MySQL, or MariaDB, which it says."""
    try:
        return stack.enter_context(servers.mysql(**DURABLE))
    except NoMySQL as reason:
        print(f"!!! NO REAL MYSQL: {reason}\n!!! Measuring on MariaDB instead.", flush=True)
        return stack.enter_context(servers.mariadb(**DURABLE))


def redis(stack: ExitStack) -> str:
    """A private Redis, or nothing: then the hints go to files."""
    try:
        return stack.enter_context(servers.redis())
    except NoRedis as reason:
        print(f"!!! NO REDIS: {reason}\n!!! Hints go to files instead.", flush=True)
        return ""


def main() -> int:
    end_on_signals()
    python = Path(os.environ.get("BENCH_PYTHON") or venv.ensure("dev"))
    with ExitStack() as stack:
        server = database(stack)
        env = {
            **os.environ,
            "DATABASE_URL": server.url,
            "DATABASE_REPLICA_URLS": "",
            "SHARD_DATABASE_URLS": "",
            "ELASTICSEARCH_URL": "",
            "REDIS_URL": redis(stack),
            "MERCURY_VAR": str(VAR / "bench"),
            "PUBLIC_URL": "http://127.0.0.1:8000",
            "LOG_LEVEL": "WARNING",
        }
        print(f"# {server}, durable commits, {os.cpu_count()} cores", flush=True)
        for command in (["migrate", "--verbosity=0"], ["collectstatic", "--noinput", "-v0"]):
            subprocess.run([str(python), "manage.py", *command], cwd=ROOT, env=env, check=True)
        with child([python, "-m", "benchmarks", *sys.argv[1:]], env=env) as process:
            return process.wait()


if __name__ == "__main__":
    sys.exit(main())
