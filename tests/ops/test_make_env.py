"""`manage.py make_env`."""

import os
import stat
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from mercury.environment import BASE_DIR

URL = "https://crm.example.com"


def read(path: Path) -> dict[str, str]:
    lines = [line for line in path.read_text().splitlines() if line and line[0] != "#"]
    return dict(line.split("=", 1) for line in lines)


def make(path: Path, **options: str) -> dict[str, str]:
    call_command("make_env", public_url=URL, file=path, stdout=StringIO(), **options)
    return read(path)


def test_make_env_writes_fresh_secrets_for_its_owner_alone(tmp_path: Path) -> None:
    first, second = make(tmp_path / "a"), make(tmp_path / "b")

    secret = {name for name in first if name.endswith(("_KEY", "_KEYS", "_PASSWORD"))}
    assert secret == {
        "SECRET_KEY", "ENCRYPTION_KEYS", "MYSQL_PASSWORD", "MYSQL_ROOT_PASSWORD",
        "REDIS_PASSWORD", "WAHA_API_KEY", "WAHA_HMAC_KEY",
    }  # fmt: skip
    assert [name for name in secret if first[name] == second[name] or len(first[name]) < 32] == []
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600


def test_make_env_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("SECRET_KEY=mine\n")

    with pytest.raises(CommandError, match="exists and is left as it is"):
        make(path)

    assert path.read_text() == "SECRET_KEY=mine\n"


@pytest.mark.parametrize("url", ["crm.example.com", "ftp://crm.example.com", "https://a.b/crm", ""])
def test_make_env_refuses_a_malformed_address(tmp_path: Path, url: str) -> None:
    with pytest.raises(CommandError, match="must look like"):
        call_command("make_env", public_url=url, file=tmp_path / ".env")

    assert list(tmp_path.iterdir()) == []


def test_make_env_takes_servers_of_ones_own(tmp_path: Path) -> None:
    made = make(
        tmp_path / ".env",
        database_url="mysql://crm:p%40ss@db.internal:3306/crm",
        redis_url="redis://cache.internal:6379/0",
        waha_url="https://waha.example.com/",
        waha_api_key="given",
        webhook_url="https://hooks.example.com",
    )

    names = ("DATABASE_URL", "REDIS_URL", "WAHA_URL", "WAHA_API_KEY", "ALLOWED_HOSTS")
    assert {name: made[name] for name in names} == {
        "DATABASE_URL": "mysql://crm:p%40ss@db.internal:3306/crm",
        "REDIS_URL": "redis://cache.internal:6379/0",
        "WAHA_URL": "https://waha.example.com",
        "WAHA_API_KEY": "given",
        "ALLOWED_HOSTS": "crm.example.com,hooks.example.com,127.0.0.1,localhost",
    }


@pytest.mark.slow
def test_made_env_starts_a_production_that_is_clean_under_check_deploy(tmp_path: Path) -> None:
    # In processes of their own: settings are read once a process. make_env must run where the
    # secrets it makes are missing.
    bare = {"PATH": os.environ["PATH"], "PUBLIC_URL": URL}
    made = manage("make_env", "--public-url", URL, "--file", str(tmp_path / ".env"), env=bare)
    production = {**bare, **read(tmp_path / ".env"), "MERCURY_VAR": str(tmp_path / "var")}

    checked = manage("check", "--deploy", "--fail-level", "INFO", env=production)

    assert (made.returncode, checked.returncode, checked.stderr) == (0, 0, "")
    assert checked.stdout.startswith("System check identified no issues")


def manage(*arguments: str, env: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "manage.py", *arguments],
        cwd=BASE_DIR, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
