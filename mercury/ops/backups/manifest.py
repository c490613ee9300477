"""What a backup says of itself: its parts with their checksums, versions, and keys it needs."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from json import JSONDecodeError
from pathlib import Path
from typing import Any, Self

FORMAT, VERSION = "mercury-backup", 1
NAME = "manifest.json"
PIECE = 1024 * 1024

Tell = Callable[[str], None]


class BackupError(Exception):
    """A backup cannot be made or used; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a backup."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Database:
    """A database in a backup: the server it is of, its file, and the migrations it had."""

    engine: str
    server: str
    file: str
    migrations: list[str]


@dataclass(slots=True)
class Manifest:
    """`keys` are {key id: fingerprint} of the encryption keys, never the keys; `files` is the
    archive of uploads and media, or empty, and `files_note` why."""

    made_at: str
    databases: dict[str, Database] = field(default_factory=dict)
    files: str = ""
    files_note: str = ""
    keys: dict[str, str] = field(default_factory=dict)
    parts: dict[str, Part] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Note size and checksum of every file in the folder, and this beside them."""
        for path in sorted(folder.iterdir()):
            self.parts[path.name] = measured(path)
        text = json.dumps({"format": FORMAT, "version": VERSION, **asdict(self)}, indent=2)
        (folder / NAME).write_text(text + "\n")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The manifest of a backup. Raises BackupError for anything else."""
        try:
            found: dict[str, Any] = json.loads((folder / NAME).read_text())
            if found.pop("format") != FORMAT:
                raise KeyError
            if found.pop("version") != VERSION:
                raise BackupError(
                    f"{folder} was made by another version of Mercury. Restore it with that one."
                )
            found["databases"] = {k: Database(**v) for k, v in found["databases"].items()}
            found["parts"] = {k: Part(**v) for k, v in found["parts"].items()}
            return cls(**found)
        except (OSError, JSONDecodeError, UnicodeError) as error:
            raise BackupError(
                f"{folder} holds no readable {NAME}: it is no backup of Mercury, or not all of it."
            ) from error
        except (KeyError, TypeError, AttributeError) as error:
            raise BackupError(f"{folder} is not a backup that Mercury made.") from error

    def check(self, folder: Path, tell: Tell) -> None:
        """Hold every file against its checksum. Raises BackupError at the first that differs."""
        for name in [*(each.file for each in self.databases.values()), *filter(None, [self.files])]:
            if name not in self.parts or Path(name).name != name:
                raise BackupError(f"{folder / NAME} was changed: it names {name!r}.")
        for name, part in self.parts.items():
            path = folder / Path(name).name
            if not path.is_file():
                raise BackupError(f"{path} is missing. Copy the whole folder again.")
            if path.stat().st_size < part.size:
                size = path.stat().st_size
                raise BackupError(
                    f"{path} is cut short: {size:,} of {part.size:,} bytes. Copy it again."
                )
            if measured(path) != part:
                raise BackupError(f"{path} was changed or is damaged. Use another backup.")
            tell(f"{name}: {part.size:,} bytes, as they were written")


def measured(path: Path) -> Part:
    """Size and SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return Part(path.stat().st_size, digest.hexdigest())
