#!/usr/bin/env python3
"""`make demo`: the whole product on this machine, seeded, with Python and nothing else."""

import os
import secrets
import shutil
import subprocess
import sys
import time
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036  # who starts it may have an older one
    sys.exit(
        "Mercury needs Python 3.11 or newer; this is {}.{}. If a newer one is installed, say so: "
        "make demo PYTHON=python3.12".format(*sys.version_info)
    )
if os.name != "posix":
    sys.exit("The demo runs on Linux and macOS. On Windows, run it inside WSL.")
if __package__ in (None, ""):  # run as a file, not with -m: make `scripts` importable
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.harness.places import ROOT, VAR
from scripts.harness.processes import end_on_signals
from scripts.local import state as states
from scripts.local.installation import CannotInstall, ensure_python
from scripts.local.parts import Part, PartFailed, Running
from scripts.local.state import FOLDER, CannotStart, State

# name, state, phone and account as `seed --demo` has them. The simulator does not know the
# stopped number `events`: starting it makes it there, as with a new number.
SESSIONS = (
    "sales:WORKING:493023125044:Mercury Sales",
    "support:WORKING:447700900999:Mercury Support",
    "arabic:WORKING:447700900207:Mercury Courses",
    "invoices:FAILED:447700900815:Mercury Invoices",
)
SECONDS_TO_PAIR = "20"
CELERY = ["-m", "celery", "-A", "mercury", "--quiet"]
WORKER = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO"]
BANNER = """
Mercury CRM runs at {url}

  E-mail     lena@example.com (owner); also mia@ (manager), omar@ (agent), vera@ (only looks)
  Password   {password}

What to try
  - Answer a chat: the ticks turn, and the customer answers after a few seconds.
  - Open a second browser as omar@example.com and see messages arrive in both.
  - Numbers > Events > Start: scan the QR code; here a pretend phone does so after {pair} seconds.
  - Administration (lower left): users, roles, and who sees which number.

Everything is kept in var/ for the next start; logs are in var/demo/. Ctrl-C stops it all.
"""
OLD_PASSWORD = "as shown at the first start (DEMO_PASSWORD=... make demo sets a new one)"  # noqa: S105


def main() -> int:
    """Install, seed, run until Ctrl-C; 1 when something stood in the way."""
    end_on_signals()
    try:
        with states.lock():
            port = states.port_from_environment()
            state = states.load(port)
            python = ensure_python()
            env = environment(state, port)
            password = prepare(python, env, state)
            run(python, env, state, port, password)
    except KeyboardInterrupt:
        print("\nStopped.")
    except (CannotInstall, CannotStart, PartFailed) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


def environment(state: State, port: int) -> dict[str, str]:
    """What every part gets: SQLite, no Redis, the simulator, nothing of anybody's .env."""
    url = f"http://127.0.0.1:{port}"
    return {
        **os.environ,
        "MERCURY_VAR": str(VAR),
        "DATABASE_URL": f"sqlite:///{VAR / 'mercury.sqlite3'}",
        "STORAGE_URL": f"file://{VAR / 'files'}",
        "PUBLIC_URL": url,
        "WEBHOOK_URL": url,
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "WAHA_URL": f"http://127.0.0.1:{state.waha_port}",
        "WAHA_API_KEY": state.api_key,
        "WAHA_HMAC_KEY": state.hmac_key,
        **dict.fromkeys(
            ["DATABASE_REPLICA_URLS", "SHARD_DATABASE_URLS", "REDIS_URL", "ELASTICSEARCH_URL"], ""
        ),
        "SENTRY_DSN": "",
        "DEBUG": "0",
        "TRUSTED_PROXY_COUNT": "0",
        "PYTHONUNBUFFERED": "1",
        "DJANGO_SETTINGS_MODULE": "mercury.settings",
    }


def prepare(python: Path, env: dict[str, str], state: State) -> str:
    """Migrate, collect static files and seed at the first start; returns the password's line."""
    # Hints of the last run: they carry no data, and nobody waits for them.
    shutil.rmtree(VAR / "broker", ignore_errors=True)
    manage(python, env, "migrate", "--verbosity", "0", "--noinput")
    manage(python, env, "collectstatic", "--verbosity", "0", "--noinput")
    given = os.environ.get("DEMO_PASSWORD", "")
    is_first = not (FOLDER / "people.json").exists()
    if state.is_seeded and not given:
        return OLD_PASSWORD
    chosen = given or (secrets.token_urlsafe(9) if is_first else "")
    print("Filling the office with people, numbers and chats …", flush=True)
    manage(python, env | ({"DEMO_PASSWORD": chosen} if chosen else {}), "seed", "--demo")
    state.is_seeded = True
    state.save()
    if given:
        return "the one in DEMO_PASSWORD"
    return f"{chosen}   (shown this once)" if chosen else OLD_PASSWORD


def manage(python: Path, env: dict[str, str], *command: str) -> None:
    """Run a command of Django's, its words going to a log. Raises CannotStart with their end."""
    log = FOLDER / "setup.log"
    with log.open("ab") as file:
        done = subprocess.run(
            [str(python), "manage.py", *command], cwd=ROOT, env=env, check=False,
            stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT,
        )  # fmt: skip
    if done.returncode:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise CannotStart(f"`manage.py {command[0]}` failed. The end of {log}:\n{tail}")


def parts(python: Path, state: State, port: int) -> list[Part]:
    """The processes: simulator, web, two workers, schedule."""
    webhook = f"http://127.0.0.1:{port}/waha/webhook/{{session}}/"
    simulator = [
        "manage.py", "waha_simulator", "--port", str(state.waha_port),
        "--api-key", state.api_key, "--hmac-key", state.hmac_key, "--webhook-url", webhook,
        "--data", str(FOLDER / "waha"), "--people", str(FOLDER / "people.json"),
        "--pair-after", SECONDS_TO_PAIR, "--lively",
    ]  # fmt: skip
    for session in SESSIONS:
        simulator += ["--session", session]
    web = [
        "-m", "gunicorn", "mercury.wsgi", "--bind", f"127.0.0.1:{port}",
        "--no-control-socket", "--worker-class", "gthread", "--workers", "1",
        "--threads", "12", "--keep-alive", "30",
    ]  # fmt: skip
    drain = [*CELERY, "worker", "-Q", "drain", "-n", "drain@%h", "--pool", "solo", *WORKER]
    rest = [*CELERY, "worker", "-Q", "default", "-n", "default@%h", "--pool", "threads",
            "--concurrency", "3", *WORKER]  # fmt: skip
    beat = [*CELERY, "beat", "--pidfile", "", "--loglevel", "INFO"]
    commands = {
        "simulator": simulator,
        "web": web,
        "worker-drain": drain,
        "worker": rest,
        "schedule": beat,
    }
    return [
        Part(name, [str(python), *command], FOLDER / f"{name}.log")
        for name, command in commands.items()
    ]


def run(python: Path, env: dict[str, str], state: State, port: int, password: str) -> None:
    """Start everything, say where it is, and watch over it until somebody stops it."""
    url = f"http://127.0.0.1:{port}"
    os.chdir(ROOT)
    with Running(parts(python, state, port), env) as running:
        running.wait_for(f"http://127.0.0.1:{state.waha_port}/ping", seconds=60)
        running.wait_for(f"{url}/livez", seconds=60)
        print(BANNER.format(url=url, password=password, pair=SECONDS_TO_PAIR), flush=True)
        while True:
            time.sleep(0.5)
            running.watch()


if __name__ == "__main__":
    sys.exit(main())
