"""What every test gets: a fixed environment, no network, no broker, loud templates."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests import environment

_OWNS_VAR = "TEST_VAR" not in os.environ
environment.set_up()

pytest_plugins = [
    "tests.fixtures.databases",
    "tests.fixtures.hints",
    "tests.fixtures.queries",
    "tests.fixtures.sealed",
    "tests.fixtures.templates",
    "tests.fixtures.urls",
]


def pytest_xdist_setupnodes() -> None:
    """Let workers fill their own environment first: pytest-django loads settings it finds named."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


def pytest_unconfigure() -> None:
    if _OWNS_VAR:
        shutil.rmtree(os.environ["TEST_VAR"], ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a server that this run has not; `make test` has them all."""
    without_redis = pytest.mark.skip(reason="REDIS_URL is not set")
    without_mysql = pytest.mark.skip(reason="DATABASE_URL is not MySQL or MariaDB")
    for item in items:
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
