"""Backups: a drill there and back, and what is refused with which words."""

import errno
import json
import shutil
import tarfile
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings

from accounts.models import User
from mercury.db import encryption
from mercury.db.models import SensitiveData
from mercury.ops.backups import media, server_tools
from mercury.ops.backups.manifest import NAME, BackupError, Manifest
from tests.factories import Draft, make_chat, make_user, write_messages
from waha.models import WahaMessage

pytestmark = [
    pytest.mark.core,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor == "mysql" and not shutil.which("mariadb-dump"),
        reason="mariadb-dump is not on the PATH",
    ),
]
PLANTED = ("+447700900987", "planted-waha-key")


def command(name: str, *options: str) -> str:
    out = StringIO()
    call_command(name, *options, stdout=out)
    return out.getvalue()


@pytest.fixture
def stored(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """The folder of uploads, with one file in it."""
    place = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(tmp_path / "files")},
    }
    with override_settings(STORAGES={**settings.STORAGES, "default": place}):
        default_storage.save("2026/11/one.txt", ContentFile(b"one"))
        yield tmp_path / "files"


@pytest.fixture
def filled(stored: Path) -> User:
    """A conversation, and secrets that must not be readable in a backup."""
    chat = make_chat(name="Grüße 👋")
    write_messages(chat, [Draft(f"message {n} ✓ 'quoted' \\ back") for n in range(30)])
    SensitiveData.objects.seal({"api_key": PLANTED[1]})
    return make_user(encrypted_phone=PLANTED[0])


def backup(tmp_path: Path) -> Path:
    command("backup", "--to", str(tmp_path / "backups"))
    (folder,) = (tmp_path / "backups").iterdir()
    return folder


def texts() -> list[str]:
    return list(WahaMessage.objects.order_by("pk").values_list("content", flat=True))


def drop_before() -> None:
    """Databases that a restore left beside a test's own."""
    if connection.vendor == "mysql":
        with connection.cursor() as cursor:
            cursor.execute("SHOW DATABASES LIKE '%%\\_before\\_%%'", [])
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP DATABASE `{name}`")


def test_drill_brings_back_every_row_and_file(filled: User, stored: Path, tmp_path: Path) -> None:
    folder, before = backup(tmp_path), texts()
    verified = command("restore", "--verify", str(folder))
    WahaMessage.objects.filter(content__contains="1").delete()
    WahaMessage.objects.update(content="spoilt")
    User.objects.get_queryset().filter(pk=filled.pk).update(name="spoilt")
    shutil.rmtree(stored / "2026")

    said = command("restore", "--yes", str(folder))
    drop_before()

    assert "is whole." in verified
    assert "1 files put back, 0 were there." in said
    assert texts() == before
    assert len(before) == 30
    assert User.objects.get(pk=filled.pk).encrypted_phone == PLANTED[0]
    assert (stored / "2026/11/one.txt").read_bytes() == b"one"


def test_restored_tables_are_partitioned_and_written_to_as_before(
    filled: User, tmp_path: Path
) -> None:
    command("restore", "--yes", str(backup(tmp_path)))
    drop_before()

    write_messages(make_chat(), [Draft("after")])

    assert texts()[-1] == "after"
    if connection.vendor == "mysql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT COUNT(*) FROM information_schema.partitions "
                "WHERE table_schema = DATABASE() AND table_name = 'waha_messages'"
            )
            assert cursor.fetchone()[0] > 12


def test_verify_changes_nothing_and_leaves_nothing(filled: User, tmp_path: Path) -> None:
    folder = backup(tmp_path)
    WahaMessage.objects.all().delete()

    command("restore", "--verify", str(folder))

    assert texts() == []
    if connection.vendor == "mysql":
        with connection.cursor() as cursor:
            cursor.execute("SHOW DATABASES LIKE '%%\\_restore\\_%%'", [])
            assert cursor.fetchall() == ()


def test_nothing_planted_is_readable_in_a_backup(filled: User, tmp_path: Path) -> None:
    folder = backup(tmp_path)

    found = "".join(
        b"".join(server_tools._lines(path)).decode(errors="replace")
        if path.suffix == ".gz"
        else path.read_bytes().decode(errors="replace")
        for path in folder.iterdir()
    )

    assert "message 7" in found
    assert [secret for secret in PLANTED if secret in found] == []
    assert [key for _id, key in django_settings.ENCRYPTION_KEYS if key.hex() in found] == []


def test_backup_says_which_keys_it_needs(filled: User, tmp_path: Path, settings: Any) -> None:
    said = command("backup", "--to", str(tmp_path / "backups"), "--without-files")
    (folder,) = (tmp_path / "backups").iterdir()
    assert "Not in it, on purpose: ENCRYPTION_KEYS (test)" in said
    assert "Uploads and media are not in it: left out by --without-files." in said
    settings.ENCRYPTION_KEYS = [("test", b"x" * 32)]

    with pytest.raises(CommandError, match="ENCRYPTION_KEYS lacks test, or has another key"):
        command("restore", "--verify", str(folder))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-9]), "is cut short"),
        (lambda path: path.write_bytes(b"x" * path.stat().st_size), "was changed or is damaged"),
        (lambda path: path.unlink(), "is missing. Copy the whole folder again"),
        (lambda path: (path.parent / NAME).unlink(), "is no backup of Mercury, or not all of it"),
        (lambda path: (path.parent / NAME).write_text("{"), "holds no readable"),
        (lambda path: (path.parent / NAME).write_text('{"a": 1}'), "not a backup that Mercury"),
    ],
)  # fmt: skip
def test_a_spoilt_backup_is_refused_and_nothing_changes(
    filled: User, tmp_path: Path, damage: Any, words: str
) -> None:
    folder = backup(tmp_path)
    damage(next(path for path in folder.iterdir() if path.name.startswith("default.")))
    WahaMessage.objects.filter(content__contains="message 1 ").update(content="newer")
    before = texts()

    for option in ("--verify", "--yes"):
        with pytest.raises(CommandError, match=words):
            command("restore", option, str(folder))

    assert texts() == before


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": 2}, "was made by another version of Mercury"),
        ({"databases": {"shard_7": None}}, "holds shard_7, which is not set here"),
        ({"engine": "oracle"}, "Restore it into a server of its own kind"),
        ({"migrations": ["waha.9999_later"]}, r"does not know waha\.9999_later"),
        ({"file": "../../etc/passwd"}, "was changed: it names"),
    ],
)
def test_a_foreign_backup_is_refused(
    filled: User, tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    folder = backup(tmp_path)
    said = json.loads((folder / NAME).read_text())
    (key, value), default = next(iter(change.items())), said["databases"]["default"]
    if key in default:
        default[key] = value
    elif key == "databases":
        said["databases"]["shard_7"] = default
    else:
        said[key] = value
    (folder / NAME).write_text(json.dumps(said))

    with pytest.raises(CommandError, match=words):
        command("restore", "--yes", str(folder))

    assert len(texts()) == 30


def test_a_full_disk_leaves_nothing_behind(
    filled: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(media, "pack", full)

    with pytest.raises(CommandError, match=r"is full; nothing was kept\. Make room"):
        command("backup", "--to", str(tmp_path / "backups"))

    assert list((tmp_path / "backups").iterdir()) == []


def test_what_a_killed_backup_left_is_cleared_by_the_next(filled: User, tmp_path: Path) -> None:
    half = tmp_path / "backups/.mercury-20260101T000000Z.half"
    half.mkdir(parents=True)

    folder = backup(tmp_path)

    assert sorted(folder.parent.iterdir()) == [folder]


def test_restore_asks_for_the_name_and_stops_at_another(
    filled: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = backup(tmp_path)
    monkeypatch.setattr("builtins.input", lambda prompt: "something else")
    WahaMessage.objects.all().delete()

    with pytest.raises(CommandError, match="Nothing was changed"):
        command("restore", str(folder))

    assert texts() == []


def test_a_file_outside_of_the_folder_is_refused(stored: Path, tmp_path: Path) -> None:
    path = tmp_path / "files.tar"
    with tarfile.open(path, "w") as archive:
        archive.add(stored / "2026/11/one.txt", "../outside.txt")

    with pytest.raises(BackupError, match="names a file outside of the folder"):
        media.put_back(path, lambda line: None)

    assert not (tmp_path / "outside.txt").exists()


@pytest.mark.mysql
def test_no_tool_is_said_in_a_sentence(
    filled: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(CommandError, match=r"must be on the PATH\. On Debian"):
        command("backup", "--to", str(tmp_path / "backups"))

    assert list((tmp_path / "backups").iterdir()) == []


def test_fingerprint_tells_keys_apart_and_is_no_key() -> None:
    marks = {encryption.fingerprint(bytes([n]) * 32) for n in range(3)}

    assert len(marks) == 3
    assert {len(mark) for mark in marks} == {16}


def test_manifest_holds_every_part(filled: User, tmp_path: Path) -> None:
    folder = backup(tmp_path)

    manifest = Manifest.read(folder)

    named = {path.name for path in folder.iterdir()} - {NAME}
    assert set(manifest.parts) == named == {manifest.databases["default"].file, "files.tar"}
    assert (folder.stat().st_mode & 0o077) == 0
