"""The demo's own virtual environment: made once, installed anew only when the lock changes."""

import hashlib
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from scripts.harness.places import ROOT, VAR

VENV = VAR / "demo" / "venv"
LOCK = ROOT / "requirements" / "embedded.lock"


class CannotInstall(Exception):
    """The packages are not there and cannot be had; the message says what to do."""


def ensure_python() -> Path:
    """The Python of an environment with exactly what requirements/embedded.lock pins.

    Only wheels: no compiler and no database headers are needed. Raises CannotInstall.
    """
    wanted = f"{hashlib.sha256(LOCK.read_bytes()).hexdigest()} {platform.python_version()}"
    python, stamp = VENV / "bin" / "python", VENV / "installed"
    if python.exists() and stamp.is_file() and stamp.read_text() == wanted:
        return python
    print(f"Installing packages into {VENV.relative_to(ROOT)} (once, about a minute) …", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=False)
    if made.returncode:
        raise CannotInstall(
            "Python cannot make virtual environments here. On Debian and Ubuntu run "
            "`apt install python3-venv`, then start again."
        )
    installed = subprocess.run(
        [
            str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check",
            "--no-input", "--only-binary", ":all:", "--require-hashes", "-r", str(LOCK),
        ],
        stdin=subprocess.DEVNULL,
        check=False,
    )  # fmt: skip
    if installed.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        raise CannotInstall(
            "The packages could not be installed; pip's reason stands above. The first start "
            "needs a network that reaches a Python package index (or a pip cache that has them); "
            "later starts need none."
        )
    stamp.write_text(wanted)
    return python
