"""Backups: what is in them, and what is refused with which words. The drill is beside this."""

import errno
import json
import tarfile
from collections.abc import Callable
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from mercury.db import encryption
from mercury.ops.backups import making, media, places, server_tools
from mercury.ops.backups.manifest import NAME, BackupError, Database, Manifest

pytestmark = pytest.mark.django_db

PLACED = "default.dump"


def command(name: str, *options: str) -> str:
    out = StringIO()
    call_command(name, *options, stdout=out)
    return out.getvalue()


@pytest.fixture
def no_dump(monkeypatch: pytest.MonkeyPatch) -> None:
    """Backups without the work of dumping: what is looked at here is around it."""

    def write(connection: Any, alias: str, half: Path, tell: object) -> Database:
        (half / PLACED).write_bytes(b"CREATE TABLE" * 10)
        return Database(
            server_tools.engine_of(connection), "1.0", PLACED, ["mercury_db.0001_create_tables"]
        )

    monkeypatch.setattr(making, "_database", write)


@pytest.fixture
def folder(no_dump: None, tmp_path: Path) -> Path:
    """A backup."""
    return making.make(tmp_path / "backups", with_files=False, tell=lambda line: None)


def _note(notes: list[str], name: str, *_arguments: object) -> None:
    notes.append(name)


@pytest.fixture
def never(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was put in the place of something, which here must be nothing."""
    replaced: list[str] = []
    for name in ("replace", "scratch"):
        monkeypatch.setattr(f"mercury.ops.backups.places.{name}", partial(_note, replaced, name))
    return replaced


def test_backup_says_which_keys_it_needs(no_dump: None, tmp_path: Path) -> None:
    said = command("backup", "--to", str(tmp_path), "--without-files")

    (folder,) = tmp_path.iterdir()
    assert "Not in it, on purpose: ENCRYPTION_KEYS (test)" in said
    assert "Uploads and media are not in it: left out by --without-files." in said
    assert f"restore --verify {folder}" in said
    assert set(Manifest.read(folder).keys) == {"test"}


def test_backup_is_readable_by_its_owner_alone_and_names_every_part(folder: Path) -> None:
    manifest = Manifest.read(folder)

    assert set(manifest.parts) == {path.name for path in folder.iterdir()} - {NAME} == {PLACED}
    assert (folder.stat().st_mode & 0o077) == 0


def test_backup_of_a_bucket_says_that_files_are_not_in_it(
    no_dump: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "folder", lambda: None)

    said = command("backup", "--to", str(tmp_path))

    assert "Uploads and media are not in it: in a bucket, which keeps its own copies." in said


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, r"is full; nothing was kept\. Make room"), (errno.EACCES, "cannot be written")],
)
def test_backup_that_cannot_be_written_leaves_nothing_behind(
    no_dump: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    def fail(*_arguments: object) -> None:
        raise OSError(number, "the system's words")

    monkeypatch.setattr(media, "pack", fail)

    with pytest.raises(CommandError, match=words):
        command("backup", "--to", str(tmp_path))

    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_backup_left_is_cleared_by_the_next(no_dump: None, tmp_path: Path) -> None:
    (tmp_path / ".mercury-20260101T000000Z.half").mkdir()

    folder = making.make(tmp_path, with_files=False, tell=lambda line: None)

    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-9]), "is cut short: 111 of 120 bytes"),
        (lambda path: path.write_bytes(b"x" * 120), "was changed or is damaged"),
        (lambda path: path.unlink(), "is missing. Copy the whole folder again"),
        (lambda path: (path.parent / NAME).unlink(), "is no backup of Mercury, or not all of it"),
        (lambda path: (path.parent / NAME).write_text("{"), "holds no readable"),
        (lambda path: (path.parent / NAME).write_text('{"a": 1}'), "not a backup that Mercury"),
        (lambda path: (path.parent / NAME).write_text("[]"), "not a backup that Mercury"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("option", ["--verify", "--yes"])
def test_a_spoilt_backup_is_refused(
    folder: Path, never: list[str], damage: Callable[[Path], object], words: str, option: str
) -> None:
    damage(folder / PLACED)

    with pytest.raises(CommandError, match=words):
        command("restore", option, str(folder))

    assert never == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": 2}, "was made by another version of Mercury"),
        ({"databases": "shard_7"}, "holds shard_7, which is not set here"),
        ({"engine": "oracle"}, "Restore it into a server of its own kind"),
        ({"migrations": ["waha.9999_later"]}, r"does not know waha\.9999_later"),
        ({"file": "../../etc/passwd"}, "was changed: it names"),
    ],
)
def test_a_foreign_backup_is_refused(
    folder: Path, never: list[str], change: dict[str, Any], words: str
) -> None:
    said = json.loads((folder / NAME).read_text())
    (key, value), default = next(iter(change.items())), said["databases"]["default"]
    if key in default:
        default[key] = value
    elif key == "databases":
        said["databases"][value] = default
    else:
        said[key] = value
    (folder / NAME).write_text(json.dumps(said))

    with pytest.raises(CommandError, match=words):
        command("restore", "--yes", str(folder))

    assert never == []


def test_restore_asks_for_the_name_and_stops_at_another(
    folder: Path, never: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builtins.input", lambda prompt: "something else")

    with pytest.raises(CommandError, match="Nothing was changed"):
        command("restore", str(folder))

    assert never == []


def test_files_that_are_missing_are_put_back_and_others_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "files"
    (root / "2026").mkdir(parents=True)
    for name in ("one", "two"):
        (root / "2026" / name).write_text(name)
    (root / "backups/earlier").mkdir(parents=True)
    (root / "backups/earlier/files.tar").write_text("a backup is no stored file")
    (root / "backups/.now").mkdir()
    media.pack(root, root / "backups/.now/files.tar", lambda line: None)
    (root / "backups/.now/files.tar").rename(tmp_path / "files.tar")
    (root / "2026/one").unlink()
    (root / "2026/two").write_text("newer")
    monkeypatch.setattr(media, "folder", lambda: root)

    counts = media.put_back(tmp_path / "files.tar", lambda line: None)

    assert counts == (1, 1)
    texts = {path.name: path.read_text() for path in (root / "2026").iterdir()}
    assert texts == {"one": "one", "two": "newer"}


def test_a_file_outside_of_the_folder_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one.txt").write_text("one")
    with tarfile.open(tmp_path / "files.tar", "w") as archive:
        archive.add(tmp_path / "one.txt", "../outside.txt")
    monkeypatch.setattr(media, "folder", lambda: tmp_path / "files")

    with pytest.raises(BackupError, match="names a file outside of the folder"):
        media.put_back(tmp_path / "files.tar", lambda line: None)

    assert not (tmp_path / "outside.txt").exists()


@pytest.mark.mysql
def test_a_missing_tool_is_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(CommandError, match=r"must be on the PATH\. On Debian"):
        command("backup", "--to", str(tmp_path))

    assert list(tmp_path.iterdir()) == []


@pytest.mark.mysql
@pytest.mark.slow
def test_a_tool_that_fails_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = connection.copy()
    there.mysql_is_mariadb = connection.mysql_is_mariadb
    there.settings_dict["NAME"] = "mercury_nowhere"

    with pytest.raises(BackupError, match=r"failed: .*mercury_nowhere.* Nothing was kept"):
        server_tools.dump(there, tmp_path / "dump.sql.gz", lambda line: None)


@pytest.mark.mysql
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_user_who_may_make_no_database_is_told_what_to_grant() -> None:
    there = connection.copy()
    there.settings_dict |= {"USER": "narrow", "PASSWORD": "narrow"}
    with connection.cursor() as cursor:
        cursor.execute("CREATE USER narrow@'%%' IDENTIFIED BY 'narrow'", [])
        cursor.execute(f"GRANT ALL ON `{there.settings_dict['NAME']}`.* TO narrow@'%%'", [])

    try:
        with pytest.raises(BackupError, match=r"GRANT ALL ON `mercury\\_restore"):
            places._make(there, "elsewhere", "mercury")
    finally:
        there.close()
        with connection.cursor() as cursor:
            cursor.execute("DROP USER narrow@'%%'", [])


def test_fingerprint_tells_keys_apart_and_is_no_key() -> None:
    marks = {encryption.fingerprint(bytes([n]) * 32) for n in range(3)}

    assert len(marks) == 3
    assert {len(mark) for mark in marks} == {16}
