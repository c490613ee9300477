"""Reads the environment: every variable Mercury knows, its type and what to do when it is wrong."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("MERCURY_VAR", BASE_DIR / "var"))

# A value may also stand in a file named by <VARIABLE>_FILE, as container secrets do.
env = environ.FileAwareEnv()

if (BASE_DIR / ".env").is_file():
    environ.Env.read_env(str(BASE_DIR / ".env"))


def required(name: str, how: str) -> str:
    """The variable's value; stops the start with a sentence when it is missing or empty."""
    value = str(env.str(name, default=""))
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. {how}")
    return value


def urls(name: str) -> list[str]:
    """A comma-separated list of URLs, empty when the variable is unset."""
    return [part.strip() for part in str(env.str(name, default="")).split(",") if part.strip()]


def http_url(name: str, default: str) -> str:
    """A http(s) URL without a trailing slash; stops the start when it is malformed."""
    value = str(env.str(name, default=default)).rstrip("/")
    parts = urlsplit(value)
    if value and (parts.scheme not in {"http", "https"} or not parts.hostname):
        raise ImproperlyConfigured(
            f"{name} must look like https://crm.example.com, but is {value!r}. Mend it in .env."
        )
    return value


def choice(name: str, default: str, *, of: tuple[str, ...]) -> str:
    """One of a few words; stops the start when it is another."""
    value = str(env.str(name, default=default)) or default
    if value not in of:
        raise ImproperlyConfigured(
            f"{name} must be one of {', '.join(of)}, but is {value!r}. Mend it in .env."
        )
    return value


def database(url: str, variable: str) -> dict[str, Any]:
    """Django's settings for one database URL: mysql:// (also MariaDB) or sqlite:///."""
    try:
        config = dict(env.db_url_config(url))
    except Exception as error:
        raise ImproperlyConfigured(_database_hint(variable)) from error
    engine = config.get("ENGINE", "")
    if engine == "django.db.backends.mysql" and config.get("NAME"):
        config["OPTIONS"] = {
            "charset": "utf8mb4",
            "isolation_level": "read committed",
            "connect_timeout": 5,
            "init_command": "SET time_zone = '+00:00', innodb_lock_wait_timeout = 10",
            **config.get("OPTIONS", {}),
        }
        config["CONN_MAX_AGE"] = 60
        config["CONN_HEALTH_CHECKS"] = True
        config["TEST"] = {"CHARSET": "utf8mb4"}
        return config
    if engine == "django.db.backends.sqlite3":
        # WAL alone still locks under two processes; IMMEDIATE transactions do not (docs/adr/0003).
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 5,
            "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
        }
        return config
    raise ImproperlyConfigured(_database_hint(variable))


def _database_hint(variable: str) -> str:
    return (
        f"{variable} cannot be read. Write mysql://user:password@host:3306/mercury "
        "(percent-encode special characters in the password) or sqlite:////path/to/file."
    )
