"""mysqldump, mariadb-dump and their clients: a database to a file and back."""

import gzip
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from django.db.backends.base.base import BaseDatabaseWrapper

from mercury.db import tablespaces
from mercury.ops.backups.manifest import PIECE, BackupError, Tell

# The tools of one read and write the other, but each knows its own server best.
DUMPERS = {"mysql": ("mysqldump", "mariadb-dump"), "mariadb": ("mariadb-dump", "mysqldump")}
CLIENTS = {"mysql": ("mysql", "mariadb"), "mariadb": ("mariadb", "mysql")}
DUMP = (
    "--single-transaction", "--quick", "--skip-lock-tables", "--no-tablespaces", "--hex-blob",
    "--skip-add-drop-table", "--skip-add-locks", "--skip-triggers",
    "--default-character-set=utf8mb4",
)  # fmt: skip
ENDING = b"-- Dump completed"
# What the server's keyring encrypts cannot be made where there is none.
ON_DISK = re.compile(
    rb"""(/\*!80016 )?ENCRYPTION='Y'( \*/)?|[`"]?ENCRYPTED[`"]?=YES""", re.IGNORECASE
)


def engine_of(connection: BaseDatabaseWrapper) -> str:
    """sqlite, mysql or mariadb."""
    if connection.vendor != "mysql":
        return str(connection.vendor)
    return "mariadb" if getattr(connection, "mysql_is_mariadb", False) else "mysql"


def dump(connection: BaseDatabaseWrapper, path: Path, tell: Tell) -> None:
    """Write one consistent state of a database as compressed SQL. Raises BackupError."""
    tool = _tool(DUMPERS[engine_of(connection)], "make a backup")
    name = str(connection.settings_dict["NAME"])
    command = [tool, *DUMP, *_own_options(tool), name]
    written, tail = 0, b""
    with _options(connection, command) as command, tempfile.TemporaryFile() as words:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=words)  # noqa: S603
        output = cast(IO[bytes], process.stdout)
        try:
            with gzip.open(path, "wb", compresslevel=4) as file:
                while piece := output.read(PIECE):
                    file.write(piece)
                    written += len(piece)
                    tail = (tail + piece)[-200:]
                    tell(f"{name}: {written // PIECE:,} MB read")
        except BaseException:
            process.kill()
            raise
        finally:
            output.close()
            code = process.wait()
        if code or ENDING not in tail:
            raise BackupError(f"{Path(tool).name} failed: {_last_words(words)}. Nothing was kept.")


def load(connection: BaseDatabaseWrapper, path: Path, tell: Tell) -> None:
    """Run a dump in the database of a connection, which is empty. Raises BackupError."""
    tool = _tool(CLIENTS[engine_of(connection)], "restore")
    name = str(connection.settings_dict["NAME"])
    keyring = tablespaces.has_keyring(connection)
    command = [tool, "--default-character-set=utf8mb4", "--batch", name]
    with _options(connection, command) as command, tempfile.TemporaryFile() as words:
        process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=words
        )
        into = cast(IO[bytes], process.stdin)
        sent, said = 0, 0
        try:
            for line in _lines(path):
                plain = line.startswith(b") ENGINE=") and not keyring
                into.write(ON_DISK.sub(b"", line) if plain else line)
                sent += len(line)
                if sent // PIECE > said:
                    said = sent // PIECE
                    tell(f"{name}: {said:,} MB written")
            into.close()
        except BrokenPipeError:
            pass  # the client ended early: its words say why
        except BaseException:
            process.kill()
            raise
        finally:
            code = process.wait()
        if code:
            raise BackupError(
                f"{Path(tool).name} refused the backup: {_last_words(words)}. Nothing was changed."
            )


def _lines(path: Path) -> Iterator[bytes]:
    """Lines of a compressed file. Raises BackupError where it is none."""
    try:
        with gzip.open(path, "rb") as file:
            yield from file
    except (EOFError, gzip.BadGzipFile) as error:
        raise BackupError(f"{path} is damaged. Use another backup.") from error


def _tool(names: Sequence[str], why: str) -> str:
    for name in names:
        if found := shutil.which(name):
            return found
    raise BackupError(
        f"To {why}, {names[0]} or {names[1]} must be on the PATH. "
        "On Debian: apt-get install mariadb-client."
    )


def _own_options(tool: str) -> list[str]:
    """What only MySQL's own mysqldump understands."""
    says = subprocess.run([tool, "--version"], capture_output=True, check=False).stdout  # noqa: S603
    return [] if b"MariaDB" in says else ["--set-gtid-purged=OFF", "--column-statistics=0"]


@contextmanager
def _options(connection: BaseDatabaseWrapper, command: list[str]) -> Iterator[list[str]]:
    """The command with where and who in a file that only we can read: arguments are public."""
    with tempfile.TemporaryDirectory(prefix="mercury-") as folder:
        path = Path(folder, "client.cnf")
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write("[client]\n")
            for name, value in _login(connection.settings_dict).items():
                quoted = value.replace("\\", "\\\\").replace('"', '\\"')
                file.write(f'{name}="{quoted}"\n')
        yield [command[0], f"--defaults-extra-file={path}", *command[1:]]


def _login(settings: dict[str, Any]) -> dict[str, str]:
    host = str(settings["HOST"] or "localhost")
    found = {"user": settings["USER"], "password": settings["PASSWORD"]}
    if host.startswith("/"):
        found["socket"] = host
    else:
        found |= {"host": host, "port": settings["PORT"] or 3306, "protocol": "tcp"}
    if authority := settings["OPTIONS"].get("ssl", {}).get("ca"):
        found["ssl-ca"] = authority
    return {name: str(value) for name, value in found.items() if value not in ("", None)}


def _last_words(words: Any) -> str:
    words.seek(0)
    lines = [line for line in words.read().decode(errors="replace").splitlines() if line.strip()]
    return lines[-1].strip().rstrip(".") if lines else "it ended without a word"
