"""Planted secrets are looked for in everything the server keeps: data files, logs, a dump."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from mercury.db import tablespaces
from mercury.ops.backups import server_tools
from scripts.harness import mysql as engines
from scripts.harness.mysql import NoMySQL, Server
from tests.fixtures.keyring import server_with_keyring

ROOT = Path(__file__).parents[2]
NAME = "Planted Person in the clear"
SECRETS = (
    "+447700900987", "planted-waha-key", "planted-webhook-key", "PLANTEDTOTPSECRET",
    "planted-private@example.com",
)  # fmt: skip
Start = Callable[..., AbstractContextManager[Server]]


def with_keyring(folder: Path, **options: str) -> AbstractContextManager[Server]:
    return server_with_keyring(folder, **options)


def without(find: Callable[[], Any]) -> Start:
    return lambda _folder, **options: engines.running(find(), **options)


def kept(server: Server) -> dict[str, bytes]:
    """Every file below the server's data folder."""
    assert server.log is not None
    data = server.log.parent / "data"
    return {path.name: path.read_bytes() for path in data.rglob("*") if path.is_file()}


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.mysql
@pytest.mark.parametrize(
    ("start", "on_disk"),
    [
        pytest.param(without(engines.find_mysql), False, id="MySQL"),
        pytest.param(without(engines.find_mariadb), False, id="MariaDB"),
        pytest.param(with_keyring, True, id="MySQL with a keyring"),
    ],
)
def test_no_file_of_the_server_and_no_dump_gives_a_secret_away(
    start: Start, on_disk: bool, tmp_path: Path
) -> None:
    try:
        server = start(tmp_path, log_bin="binlog", server_id="1", innodb_buffer_pool_size="64M")
        dump = tmp_path / "dump.sql.gz"
        with server as running:
            env = {**os.environ, "DATABASE_URL": running.url, "REDIS_URL": ""}
            done = subprocess.run(  # noqa: S603  # our own drill
                [sys.executable, "-m", "tests.db.plaintext_drill", dump, NAME, *SECRETS],
                cwd=ROOT, env={**env, "PYTHONPATH": str(ROOT)}, capture_output=True, check=True,
            )  # fmt: skip
            files = kept(running)
            files["dump"] = b"".join(server_tools._lines(dump))
    except NoMySQL as reason:
        pytest.skip(str(reason))

    # What is no secret is found: one looks in the right files.
    holding = {name.split(".0")[0] for name, held in files.items() if NAME.encode() in held}
    assert {"users.ibd", "contacts.ibd", "binlog", "dump"} <= holding
    found = {
        (name, word) for name, held in files.items() for word in SECRETS if word.encode() in held
    }
    assert found == set()
    # The column beside the secret is readable in its file unless the server encrypts that.
    assert (b"test" in files["sensitive_data.ibd"]) is not on_disk
    report = json.loads(done.stdout.splitlines()[-1])
    assert report == {"on disk": on_disk, "said": ["ok", "ok"] if on_disk else ["ok"]}


@pytest.mark.mysql
@pytest.mark.core
@pytest.mark.django_db(transaction=True)
def test_a_server_without_a_keyring_says_so_and_keeps_the_table() -> None:
    if tablespaces.has_keyring(connection):
        pytest.skip("this server has a keyring")

    said = tablespaces.encrypt(connection, "sensitive_data")

    assert said.startswith("The server does not encrypt sensitive_data: ")
    assert tablespaces.is_encrypted(connection, "sensitive_data") is False
