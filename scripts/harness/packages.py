"""System packages the tests need: looked for, and on Debian as root installed when missing."""

import importlib.util
import os
import shutil
import subprocess
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

FONTS = Path("/usr/share/fonts/truetype")
PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


class MissingPackages(Exception):
    """Something is missing that we may not install; the message says the command."""


@dataclass(frozen=True)
class Need:
    """A Debian package and how to see, on any system, that what it brings is there."""

    package: str
    why: str
    present: Callable[[], bool]


def program(*names: str) -> Callable[[], bool]:
    return lambda: any(shutil.which(name, path=PATH) for name in names)


def file(*paths: Path) -> Callable[[], bool]:
    return lambda: any(path.exists() for path in paths)


def python_headers() -> bool:
    return Path(sysconfig.get_paths()["include"], "Python.h").is_file()


def venv_module() -> bool:
    return importlib.util.find_spec("ensurepip") is not None


NEEDS = [
    Need("python3-venv", "the virtual environment", venv_module),
    Need("python3-dev", "building mysqlclient", python_headers),
    Need("build-essential", "building mysqlclient", program("gcc", "cc")),
    Need("pkg-config", "building mysqlclient", program("pkg-config")),
    Need(
        "default-libmysqlclient-dev",
        "building mysqlclient",
        program("mysql_config", "mariadb_config"),
    ),
    Need("mariadb-server-core", "the MariaDB lane", program("mariadbd")),
    Need("mariadb-client-core", "preparing databases", program("mariadb")),
    Need("mariadb-client", "backups", program("mariadb-dump")),
    Need("redis-server", "cache, broker and live updates", program("redis-server")),
    Need("debootstrap", "a real MySQL", program("debootstrap", "mysqld")),
    Need("chromium", "browser tests", program("chromium")),
    Need(
        "fonts-noto-color-emoji",
        "emoji in browser tests",
        file(FONTS / "noto/NotoColorEmoji.ttf", Path("/usr/share/fonts/noto/NotoColorEmoji.ttf")),
    ),
    Need("fonts-dejavu-core", "letters in browser tests", file(FONTS)),
    Need("gettext", "compiling translations", program("msgfmt")),
    Need("ffmpeg", "voice notes and video previews", program("ffmpeg")),
    Need("tzdata", "time zones", file(Path("/usr/share/zoneinfo/UTC"))),
]


def ensure() -> None:
    """Install what is missing; raises MissingPackages where that is not ours to do."""
    missing = [need for need in NEEDS if not need.present()]
    if not missing:
        return
    names = [need.package for need in missing]
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        wanted = "\n".join(f"  {need.package}: {need.why}" for need in missing)
        raise MissingPackages(
            f"These system packages are missing:\n{wanted}\n"
            f"On Debian: sudo apt-get install --no-install-recommends {' '.join(names)}"
        )
    print(f"Installing {' '.join(names)} …", flush=True)
    _apt("update", "-qq")
    _apt("install", "-y", "-qq", "--no-install-recommends", *names)
    if "redis-server" in names and Path("/run/systemd/system").is_dir():
        # Debian starts what it installs; we run our own and leave nothing behind.
        subprocess.run(["systemctl", "disable", "--now", "redis-server"], check=False)


def _apt(*arguments: str) -> None:
    done = subprocess.run(
        ["apt-get", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        check=False,
    )
    if done.returncode:
        raise MissingPackages(f"apt-get {' '.join(arguments)} failed; see its words above.")
