"""What every test gets: a fixed environment, no network, no broker, loud templates."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests import environment

environment.set_up()

pytest_plugins = [
    "tests.fixtures.databases",
    "tests.fixtures.hints",
    "tests.fixtures.personas",
    "tests.fixtures.queries",
    "tests.fixtures.sealed",
    "tests.fixtures.simulator",
    "tests.fixtures.templates",
    "tests.fixtures.urls",
]


def pytest_xdist_setupnodes() -> None:
    """Let workers fill their own environment first: pytest-django loads settings it finds named."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out browser and fault tests unless they are asked for by name.

    They run in calls of their own: Playwright's loop and Django's guard against asynchronous
    use do not share a process well.
    """
    name = collection_path.name
    if name not in {"e2e", "faults"} or collection_path.parent.name != "tests":
        return None
    asked = any(f"tests/{name}" in str(argument) for argument in config.invocation_params.args)
    return None if asked else True


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what touches the database as core; skip what needs a server this run has not.

    What is marked `once` is never core. `make test` has all servers. First of the hooks: `-m`
    looks at the marks after it.
    """
    without_redis = pytest.mark.skip(reason="REDIS_URL is not set")
    without_mysql = pytest.mark.skip(reason="DATABASE_URL is not MySQL or MariaDB")
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        touches = item.get_closest_marker("django_db") or fixtures & {"db", "transactional_db"}
        if touches and not item.get_closest_marker("once"):
            item.add_marker("core")
        if item.get_closest_marker("redis") and not os.environ["REDIS_URL"]:
            item.add_marker(without_redis)
        if item.get_closest_marker("mysql") and connection.vendor != "mysql":
            item.add_marker(without_mysql)


@pytest.fixture
def var_dir(settings: Any) -> Iterator[Path]:
    """The directory this run keeps its files in; uploads are removed after the test."""
    path = Path(os.environ["MERCURY_VAR"])
    yield path
    shutil.rmtree(path / "files", ignore_errors=True)
