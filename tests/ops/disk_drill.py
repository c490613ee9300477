"""What `test_health_broken.py` runs on a small disk of its own, which it makes full.

Prints one JSON object: what health says of the disk, and what became of a backup and of looking
one through while it was full.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path
from typing import Any

from tests import environment

disk = Path(sys.argv[1])
environment.set_up()

from django.core.management import CommandError, call_command  # noqa: E402  # only after it

from mercury.ops.health import database  # noqa: E402
from mercury.ops.health.check import DatabaseHealthCheck  # noqa: E402

ROOM, LITTLE = database.LITTLE_SPACE * 2, database.LITTLE_SPACE // 2


def resize(size: int) -> None:
    """Let the disk have so many bytes; those in use stay."""
    command = ["mount", "-o", f"remount,size={size}", str(disk)]
    subprocess.run(command, check=True)  # noqa: S603  # our own disk


def fill() -> None:
    """Leave no byte of room, as a forgotten log does."""
    used = int(subprocess.check_output(["df", "-B1", "--output=used", disk]).split()[-1])  # noqa: S603, S607
    resize(used + 64 * 1024)
    try:
        with Path(disk, "forgotten.log").open("wb", buffering=0) as file:
            while file.write(b"x" * 4096):
                pass
    except OSError:
        return


def told() -> list[str]:
    found = DatabaseHealthCheck().check()
    return [found[name].state.value for name in ("disk", "storage_usage")]


def tried(name: str, *arguments: str) -> str:
    """The words that a command ends with."""
    out = StringIO()
    try:
        call_command(name, *arguments, stdout=out)
    except CommandError as error:
        return str(error)
    return out.getvalue()


def main() -> dict[str, Any]:
    found: dict[str, Any] = {"states": {"room": told()}}
    with tempfile.TemporaryDirectory() as elsewhere:
        tried("backup", "--to", elsewhere)
        (kept,) = Path(elsewhere).iterdir()
        resize(LITTLE)
        found["states"]["little"] = told()
        fill()
        found["states"]["full"] = told()
        found["backup"] = tried("backup", "--to", str(disk / "backups"))
        found["left"] = [path.name for path in disk.glob("backups/*")]
        real, tempfile.tempdir = tempfile.tempdir, str(disk)
        found["verify"] = tried("restore", "--verify", str(kept))
        tempfile.tempdir = real
        resize(ROOM)
        found["states"]["room again"] = told()
        whole = tried("restore", "--verify", str(kept))
        found["afterwards"] = "is whole" if "is whole" in whole else whole
    return found


shutil.copyfile(os.environ["MIGRATED"], Path(disk, "db.sqlite3"))
print(json.dumps(main()))  # noqa: T201  # the test reads it
