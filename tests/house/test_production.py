"""Production settings: Django's deployment checks find nothing, and start says what is missing."""

import os
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

from tests.house.tree import ROOT


def manage(var: Path, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """A command in a fresh interpreter under an environment like production's."""
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(var),
        "MERCURY_VAR": str(var),
        "DATABASE_URL": f"sqlite:///{var / 'mercury.sqlite3'}",
        "REDIS_URL": "redis://127.0.0.1:6379/0",
        "SECRET_KEY": "k7" * 40 + "-only-for-this-check",
        "ENCRYPTION_KEYS": "k1:" + b64encode(bytes(range(32))).decode(),
        "PUBLIC_URL": "https://crm.example.com",
        "ALLOWED_HOSTS": "crm.example.com",
        "WAHA_URL": "http://waha:3000",
        "WAHA_API_KEY": "key",
        "WAHA_HMAC_KEY": "another key",
        "STORAGE_URL": f"file://{var / 'files'}",
        "EMAIL_URL": "smtp://mail.example.com:25",
        "TRUSTED_PROXY_COUNT": "1",
        **changes,
    }
    return subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", *arguments],
        cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_deployment_checks_find_nothing(tmp_path: Path) -> None:
    done = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING")

    assert (done.returncode, done.stderr) == (0, "")


def test_start_without_a_secret_key_says_what_to_do(tmp_path: Path) -> None:
    done = manage(tmp_path, "check", SECRET_KEY="")

    last_line = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 1
    assert "SECRET_KEY is not set. Run `python manage.py make_env`" in last_line


def test_start_with_a_malformed_database_url_hides_the_password(tmp_path: Path) -> None:
    done = manage(tmp_path, "check", DATABASE_URL="mysqll://root:hush@db/mercury")

    assert done.returncode == 1
    assert "DATABASE_URL cannot be read." in done.stderr
    assert "hush" not in done.stderr.strip().splitlines()[-1]
