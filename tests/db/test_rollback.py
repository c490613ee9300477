"""`manage.py migrate_rollback`: every migration of ours has a way back."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations import Migration, RunPython
from django.db.migrations.recorder import MigrationRecorder

from mercury.db import rollback

ROOT = Path(__file__).parents[2]
NAME = f"rollback_{os.getpid()}"


@pytest.fixture
def own_database(tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database on the server under test."""
    if connection.vendor != "mysql":
        yield f"sqlite:///{tmp_path / 'rollback.sqlite3'}"
        return
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {NAME} CHARACTER SET utf8mb4")
    try:
        yield os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{NAME}"
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {NAME}")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_every_migration_goes_back_to_nothing_and_forward_again(own_database: str) -> None:
    env = {**os.environ, "DATABASE_URL": own_database, "REDIS_URL": "", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.db.rollback_drill"]

    done = subprocess.run(  # noqa: S603  # our own drill
        command, cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "plan_begins_with_the_last": True,
        "plan_changes_nothing": True,
        "one_step": True,
        "one_step_and_back": True,
        "left_at_zero": [],
        "all_and_back": True,
        "missing": [],
    }


@pytest.mark.django_db
def test_it_asks_first_and_takes_only_yes_for_an_answer() -> None:
    out = StringIO()

    with patch("builtins.input", return_value="y"):
        call_command("migrate_rollback", stdout=out)

    assert out.getvalue().splitlines()[-1] == "Nothing was changed."


@pytest.mark.django_db
def test_a_migration_that_is_not_in_the_code_is_refused() -> None:
    MigrationRecorder(connection).record_applied("waha", "9999_from_the_future")

    with pytest.raises(CommandError, match=r"waha\.9999_from_the_future is applied, but not in"):
        call_command("migrate_rollback", yes=True)


def test_a_migration_without_a_way_back_is_refused() -> None:
    migration = Migration("0009_burn", "waha")
    migration.operations = [RunPython(lambda apps, editor: None)]

    with pytest.raises(rollback.CannotRollBack, match=r"waha\.0009_burn has no way back"):
        rollback._refuse_one_way(migration)


def test_steps_below_one_are_refused() -> None:
    with pytest.raises(CommandError, match="at least 1"):
        call_command("migrate_rollback", steps=0)
