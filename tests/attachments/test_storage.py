"""A folder in which no file is ever half there."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import storages

from attachments.storage import WholeFiles

KILLED_WHILE_WRITING = """
import os, signal, sys
import django
django.setup()
from django.core.files.base import File
from attachments.storage import WholeFiles

class Endless(File):
    def chunks(self, chunk_size=None):
        yield b"x" * 100_000
        os.kill(os.getpid(), signal.SIGKILL)

WholeFiles(location=sys.argv[1]).save("2026/11/a.pdf", Endless(None, "a.pdf"))
"""


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


def test_the_installation_keeps_its_files_in_such_a_folder() -> None:
    storage = storages.create_storage(settings.STORAGES["default"])

    assert isinstance(storage, WholeFiles)


def test_a_file_has_its_bytes_and_its_rights(tmp_path: Path) -> None:
    storage = WholeFiles(location=str(tmp_path), file_permissions_mode=0o640)

    name = storage.save("2026/11/a.pdf", ContentFile(b"whole"))

    with storage.open(name) as file:
        assert (name, file.read()) == ("2026/11/a.pdf", b"whole")
    assert (names(tmp_path), os.stat(storage.path(name)).st_mode & 0o777) == (["a.pdf"], 0o640)


def test_a_process_killed_while_writing_leaves_no_file_under_its_name(tmp_path: Path) -> None:
    done = subprocess.run(  # noqa: S603  # our own words
        [sys.executable, "-c", KILLED_WHILE_WRITING, str(tmp_path)],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "mercury.settings"},
        cwd=Path(__file__).resolve().parents[2],
        check=False,
    )

    assert done.returncode == -signal.SIGKILL
    assert [name.endswith(".part") for name in names(tmp_path)] == [True]


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    class Full(File):  # type: ignore[type-arg]
        def chunks(self, chunk_size: int | None = None):  # type: ignore[no-untyped-def]
            yield b"half"
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        WholeFiles(location=str(tmp_path)).save("2026/11/a.pdf", Full(None, "a.pdf"))

    assert names(tmp_path) == []
