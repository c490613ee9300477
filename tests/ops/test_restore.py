"""The drill: a backup is made, everything is spoilt, and it is brought back."""

import os
import shlex
import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import User
from mercury.db import partitions
from mercury.db.models import SensitiveData
from mercury.ops.backups import server_tools
from scripts.harness import mysql_folder
from tests.factories import Draft, make_chat, make_user, write_messages
from waha.models import WahaMessage

pytestmark = [pytest.mark.core, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
PHONE, KEY = "+447700900987", "planted-waha-key"


def command(name: str, *options: str) -> str:
    out = StringIO()
    call_command(name, *options, stdout=out)
    return out.getvalue()


@pytest.fixture
def stored(settings: Any, tmp_path: Path) -> Path:
    """A stored file, in a folder of the test's own."""
    place = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(tmp_path / "files")},
    }
    settings.STORAGES = {**settings.STORAGES, "default": place}
    return tmp_path / "files" / default_storage.save("2026/11/one.txt", ContentFile(b"one"))


def texts() -> list[str]:
    return list(WahaMessage.objects.order_by("pk").values_list("content", flat=True))


def made_beside() -> list[str]:
    """Databases and files that a restore has left, gone with the look."""
    if connection.vendor != "mysql":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SHOW DATABASES")
        names = [name for (name,) in cursor.fetchall() if "_restore_" in name or "_before_" in name]
        for name in names:
            cursor.execute(f"DROP DATABASE `{name}`")
    return names


def in_clear(folder: Path) -> str:
    """Everything in a backup as text."""
    return "".join(
        b"".join(server_tools._lines(path) if path.suffix == ".gz" else [path.read_bytes()]).decode(
            errors="replace"
        )
        for path in folder.iterdir()
    )


@pytest.fixture(params=["mariadb", "mysql"])
def tools(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The dump and load programs that are on the PATH: MariaDB's, or MySQL's own."""
    kind = str(request.param)
    if connection.vendor != "mysql":
        if kind == "mysql":
            pytest.skip("SQLite needs no tools")
        return kind
    if kind == "mariadb":
        if shutil.which("mariadb-dump") is None:
            pytest.skip("mariadb-dump is not installed")
        return kind
    if server_tools.engine_of(connection) == "mariadb":
        pytest.skip("MySQL's programs are not for MariaDB's servers")
    monkeypatch.setenv("PATH", f"{mysqls_own(tmp_path / 'bin')}:{os.environ['PATH']}")
    return kind


def mysqls_own(folder: Path) -> Path:
    """A folder with MySQL's mysqldump and mysql, run as the cached folder wants it."""
    try:
        root = mysql_folder.folder()
        commands = {
            name: mysql_folder.command(root, f"usr/bin/{name}") for name in ("mysqldump", "mysql")
        }
    except mysql_folder.NoMySQL as reason:
        pytest.skip(str(reason))
    folder.mkdir()
    for name, command in commands.items():
        script = folder / name
        script.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
        script.chmod(0o755)
    return folder


def test_drill_brings_back_every_row_and_file_and_gives_no_secret_away(
    stored: Path, tmp_path: Path, settings: Any, tools: str
) -> None:
    chat = make_chat(name="Grüße 👋")
    write_messages(chat, [Draft(f"message {n} ✓ 'quoted' \\ back") for n in range(30)])
    user = make_user(encrypted_phone=PHONE)
    sealed = SensitiveData.objects.seal({"api_key": KEY})
    before, sealed_pk = texts(), sealed.pk

    command("backup", "--to", str(tmp_path / "backups"))
    (folder,) = (tmp_path / "backups").iterdir()
    WahaMessage.objects.update(content="spoilt")
    User.objects.get_queryset().filter(pk=user.pk).update(encrypted_phone="")
    sealed.delete()
    stored.unlink()
    # Looking it through changes nothing and leaves nothing.
    verified = command("restore", "--verify", str(folder))
    untouched, beside = set(texts()), made_beside()
    keys, settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS, [("test", b"x" * 32)]
    with pytest.raises(CommandError, match="ENCRYPTION_KEYS lacks test, or has another key"):
        command("restore", "--verify", str(folder))
    with pytest.raises(CommandError, match=r"no key in ENCRYPTION_KEYS opens; nothing was changed"):
        command("restore", "--yes", str(folder))
    settings.ENCRYPTION_KEYS = keys
    unopened, beside = set(texts()), [*beside, *made_beside()]
    said = command("restore", "--yes", str(folder))
    left = made_beside()
    write_messages(chat, [Draft("after")])

    assert "is whole." in verified
    assert (untouched, unopened, beside) == ({"spoilt"}, {"spoilt"}, [])
    assert "1 files put back, 0 were there." in said
    assert texts() == [*before, "after"]
    assert User.objects.get(pk=user.pk).encrypted_phone == PHONE
    assert SensitiveData.objects.get(pk=sealed_pk).open() == {"api_key": KEY}
    assert stored.read_bytes() == b"one"
    clear = in_clear(folder)
    assert "message 7" in clear
    if connection.vendor == "mysql":
        assert ("MariaDB dump" in clear) is (tools == "mariadb")
    assert [secret for secret in (PHONE, KEY) if secret in clear] == []
    if connection.vendor == "mysql":
        # What was there before is kept, and the tables are partitioned as they were.
        assert len(left) == 1
        assert "waha_messages_max" in partitions.names(connection, "waha_messages")
