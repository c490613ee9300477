"""Uploads and media in a backup: files that never change once they are stored."""

import os
import tarfile
from pathlib import Path
from typing import IO, cast
from uuid import uuid4

from django.core.files.storage import default_storage

from mercury.ops.backups.manifest import BackupError, Tell


def folder() -> Path | None:
    """Where files lie on a disk of ours; None in a bucket."""
    try:
        return Path(default_storage.path(""))
    except NotImplementedError:
        return None


def pack(root: Path, path: Path, tell: Tell) -> None:
    """Write every stored file into a tar archive; one that vanishes meanwhile is left out.

    Backups that are kept below the files' own folder are left out too.
    """
    count, backups = 0, path.parent.parent
    with tarfile.open(path, "w") as archive:
        for file in sorted(root.rglob("*")) if root.is_dir() else []:
            if file.is_symlink() or not file.is_file() or backups in file.parents:
                continue
            try:
                archive.add(file, str(file.relative_to(root)), recursive=False)
            except FileNotFoundError:
                continue
            count += 1
            tell(f"{count:,} files")


def put_back(path: Path, tell: Tell) -> tuple[int, int]:
    """Write the files that are missing; (written, there already).

    A stored file is never changed, so one that is there is the same or newer. Each is written
    under another name first: a run that is killed leaves no half of one.
    """
    root = folder()
    if root is None:
        raise BackupError(
            "STORAGE_URL is no folder. Upload the files of the archive to the bucket."
        )
    written = there = 0
    with tarfile.open(path) as archive:
        for member in archive:
            if not member.isfile():
                continue
            target = (root / member.name).resolve()
            if root.resolve() not in target.parents:
                raise BackupError(f"{path} names a file outside of the folder: {member.name!r}.")
            if target.exists():
                there += 1
                continue
            _write(cast(IO[bytes], archive.extractfile(member)), target)
            written += 1
            tell(f"{written:,} files put back")
    return written, there


def _write(source: IO[bytes], target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(f".{uuid4().hex}.half")
    try:
        with source, half.open("wb") as file:
            while piece := source.read(1024 * 1024):
                file.write(piece)
        os.replace(half, target)
    finally:
        half.unlink(missing_ok=True)
