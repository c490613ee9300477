"""The archive on real shards, and the rules of their router."""

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connections

from mercury.db import sharding
from mercury.db.routers import ShardRouter
from mercury.db.sharding import shards
from mercury.ops import shard_probes, start
from mercury.ops.findings import State
from scripts.harness import mysql as engines
from scripts.harness.mysql import NoMySQL
from tests.factories import make_session
from waha.management.commands import migrate_shards
from waha.models import WahaArchivePlace

ROOT = Path(__file__).parents[2]
KILLS = os.environ.get("SHARD_KILLS", "4")


@pytest.fixture
def three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharding, "aliases", lambda: ["shard_0", "shard_1", "shard_2"])


@pytest.mark.parametrize(
    ("company", "shard"),
    [(0, "shard_0"), (1, "shard_1"), (5, "shard_2"), (6, "shard_0"), (None, "default")],
)
def test_shard_follows_from_the_company(three: None, company: int | None, shard: str) -> None:
    assert shards.get_shard_for_company(company) == shard


def test_without_shards_everything_is_in_the_default_database() -> None:
    assert shards.get_shard_for_company(7) == "default"


@pytest.mark.parametrize(
    ("model", "hints", "allowed"),
    [
        ("wahamessagearchive", {}, True),
        ("wahamessage", {}, False),
        (None, {}, False),
        (None, {"on_shards": True}, True),
    ],
)
def test_only_the_archives_tables_live_on_a_shard(
    model: str | None, hints: dict[str, Any], allowed: bool
) -> None:
    assert ShardRouter().allow_migrate("shard_0", "waha", model, **hints) is allowed
    assert ShardRouter().allow_migrate("default", "waha", model, **hints) is None


@pytest.mark.django_db
def test_archived_messages_in_a_database_that_is_not_named_are_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(connections, "close_all", lambda: None)
    WahaArchivePlace.objects.create(session=make_session(), shard="shard_2")

    with pytest.raises(SystemExit) as refused:
        start.refuse_unready()
    with pytest.raises(CommandError, match="--shards 0` first"):
        call_command("rebalance_shards", "--dry-run")
    findings = list(shard_probes.shards())

    assert refused.value.code == start.EXIT_CODE
    assert capsys.readouterr().err == (
        "Mercury does not start. Archived messages lie in shard_2, and SHARD_DATABASE_URLS names "
        "0 shards. Name it again; to do without it, run `manage.py rebalance_shards --shards 0` "
        "first.\n"
    )
    assert [finding.state for finding in findings] == [State.BROKEN]


@pytest.mark.django_db
@pytest.mark.parametrize("count", ["-1", "1", "99"])
def test_more_shards_than_there_are_cannot_be_used(count: str) -> None:
    with pytest.raises(CommandError, match="--shards is 0 to 0"):
        call_command("rebalance_shards", "--shards", count)


def test_a_shard_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError(1049, "Unknown database 'archive'")

    monkeypatch.setattr(sharding, "aliases", lambda: ["shard_0"])
    monkeypatch.setattr(migrate_shards, "call_command", away)

    with pytest.raises(CommandError, match="shard_0 cannot be used: Unknown database 'archive'"):
        migrate_shards.Command().handle()


def drill(tmp_path: Path, default: str, shard_urls: list[str]) -> dict[str, Any]:
    env = {
        **os.environ,
        "DATABASE_URL": default,
        "SHARD_URLS": ",".join(shard_urls),
        "REDIS_URL": "",
        "PYTHONPATH": str(ROOT),
        "TEST_VAR": str(tmp_path),
    }
    env.pop("PYTEST_XDIST_WORKER", None)
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "tests.db.sharding_drill",
        KILLS,
        tmp_path / "backups",
    ]
    done = subprocess.run(  # noqa: S603  # our own drill
        command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def check(found: dict[str, Any]) -> None:
    """Companies 1, 2 and 3: first over two shards, then over three; the fourth number has none."""
    assert found == {
        "tables": ["waha_messages_archive"],
        "before": [[50, 0]] * 4,
        "archived": {"default": [-1], "shard_0": [2], "shard_1": [1, 3]},
        "after": [[50, 50, ["Olga"]]] * 4,
        "ack": "read",
        "refused": (
            "accounts.User in default and waha.WahaMessageArchive in shard_0 cannot point at each "
            "other: no relation crosses databases. Set the id column instead (such as chat_id)."
        ),
        "rolled_back": True,
        "rebalanced": {"default": [-1], "shard_0": [3], "shard_1": [1], "shard_2": [2]},
        "left": 0,
        "still": [[50, 50]] * 4,
        # One backup of all four; a shard that cannot be exchanged takes the others back with it.
        "brought_back": {
            "files": ["default", "shard_0", "shard_1", "shard_2"],
            "lost": 60,
            "verified": [],
            "stopped": "somebody works there",
            "half": [[], 4],
            "whole": True,
            "spoilt": 0,
        },
        "with_fewer": [
            {"default": [-1], "shard_0": [2], "shard_1": [1, 3], "shard_2": []},
            "",
            "Archived messages lie in shard_0, shard_1, and SHARD_DATABASE_URLS names 0 shards. "
            "Name it again; to do without it, run `manage.py rebalance_shards --shards 0` first.",
            {"default": [1, 2, 3, -1], "shard_0": [], "shard_1": [], "shard_2": []},
        ],
    }


@pytest.mark.slow
@pytest.mark.core
def test_archive_lies_on_three_shards_of_sqlite(tmp_path: Path) -> None:
    urls = [f"sqlite:///{tmp_path / name}.sqlite3" for name in ("main", "a", "b", "c")]

    check(drill(tmp_path, urls[0], urls[1:]))


@pytest.mark.slow
@pytest.mark.core
@pytest.mark.mysql
@pytest.mark.django_db
def test_archive_lies_on_three_shards(tmp_path: Path) -> None:
    """One server for the default database, another with two shards, a third with one."""
    mariadb = connections["default"].mysql_is_mariadb
    try:
        binaries = engines.find_mariadb() if mariadb else engines.find_mysql()
    except NoMySQL as reason:
        pytest.skip(str(reason))
    with ExitStack() as stack:
        first, second, third = (
            stack.enter_context(engines.running(binaries, innodb_buffer_pool_size="64M"))
            for _ in range(3)
        )
        second.execute("CREATE DATABASE shard_b CHARACTER SET utf8mb4")

        found = drill(
            tmp_path,
            first.url,
            [second.url, second.url.replace("/mercury", "/shard_b"), third.url],
        )

    check(found)
