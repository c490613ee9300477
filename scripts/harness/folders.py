"""One folder per private server under var/servers; those of dead runs are swept away."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.harness.places import SERVERS


@contextmanager
def server_folder(name: str) -> Iterator[Path]:
    """An empty folder that is removed at the end."""
    sweep()
    folder = SERVERS / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "owner").write_text(str(os.getpid()))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep() -> None:
    """Remove the folders of runs that were killed: their owner is no more."""
    for owner in SERVERS.glob("*/owner"):
        if not _alive(int(owner.read_text() or "0")):
            shutil.rmtree(owner.parent, ignore_errors=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return pid > 0
