"""A real MySQL for Debian, which ships none: sid's, unpacked into a cache folder.

It is run by the folder's own dynamic loader, so that it needs neither a container nor a
chroot, and its data may lie anywhere.
"""

import fcntl
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.harness.places import CACHE

FOLDERS = CACHE / "mysql-sid"
PACKAGES = "mysql-server-core,mysql-client-core"
# Nobody reads these, and they are half of the folder.
NEEDLESS = ["usr/share/doc", "usr/share/man", "usr/share/locale", "var/cache/apt", "var/lib/apt"]


class NoMySQL(Exception):
    """A real MySQL cannot be had here; the message says why."""


def folder() -> Path:
    """The newest cached folder, made now (about 30 s, 400 MB) when there is none.

    Raises NoMySQL. Held by a lock: two runs at once make one folder.
    """
    with _lock():
        return newest() or _make()


def newest() -> Path | None:
    """The cached folder with the highest version."""
    found = [path for path in FOLDERS.glob("[0-9]*") if (path / "usr/sbin/mysqld").is_file()]
    return max(found, key=_version_key, default=None)


def command(root: Path, program: str) -> list[str]:
    """How to run `program` (a path below the folder) with the folder's own libraries."""
    loader = next(root.glob("usr/lib/*-linux-gnu/ld-linux-*.so.*"), None)
    if loader is None:
        raise NoMySQL(f"{root} has no dynamic loader; remove the folder and try again.")
    return [str(loader), "--library-path", str(loader.parent), str(root / program)]


@contextmanager
def _lock() -> Iterator[None]:
    FOLDERS.mkdir(parents=True, exist_ok=True)
    with (FOLDERS / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make() -> Path:
    if os.geteuid() != 0:
        raise NoMySQL("making the MySQL folder needs root")
    if not shutil.which("debootstrap"):
        raise NoMySQL("debootstrap is not installed (apt-get install debootstrap)")
    print("Unpacking MySQL from Debian sid (once, about 30 s) …", flush=True)
    new = FOLDERS / ".new"
    shutil.rmtree(new, ignore_errors=True)
    log = FOLDERS / "debootstrap.log"
    with log.open("w") as output:
        try:
            done = subprocess.run(
                ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "sid", str(new)],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, timeout=900, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise NoMySQL(f"debootstrap took more than 15 minutes, see {log}") from error
    if done.returncode:
        raise NoMySQL(f"debootstrap failed, see {log}")
    for path in NEEDLESS:
        shutil.rmtree(new / path, ignore_errors=True)
    root = FOLDERS / _version(new)
    shutil.rmtree(root, ignore_errors=True)
    return new.rename(root)


def _version(root: Path) -> str:
    answer = subprocess.run(
        [*command(root, "usr/sbin/mysqld"), "--no-defaults", "--version"],
        capture_output=True, text=True, check=False,
    ).stdout  # fmt: skip
    found = re.search(r"Ver (\S+)", answer)
    if not found:
        raise NoMySQL(f"the unpacked MySQL does not start: {answer.strip() or 'no answer'}")
    return found[1]


def _version_key(root: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", root.name)]
