"""The checkout's virtual environment: made once, installed anew only when the lock changes."""

import hashlib
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from scripts.harness.places import ROOT, VENV

PYTHON = VENV / "bin/python"


def ensure(lock: str = "dev") -> Path:
    """The virtual environment's Python, with exactly what requirements/<lock>.lock pins.

    A stamp keeps the lock's hash: an unchanged environment costs nothing. Raises
    CalledProcessError when pip fails; pip's words are on the terminal.
    """
    path = ROOT / "requirements" / f"{lock}.lock"
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    wanted = f"{lock} {digest} {platform.python_version()}"
    stamp = VENV / "installed"
    if PYTHON.exists() and stamp.is_file() and stamp.read_text() == wanted:
        return PYTHON
    shutil.rmtree(VENV, ignore_errors=True)
    print(f"Installing requirements/{path.name} into {VENV.name} (about a minute) …", flush=True)
    subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    subprocess.run(
        [
            str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
            "--no-input", "--require-hashes", "-r", str(path),
        ],
        stdin=subprocess.DEVNULL, check=True,
    )  # fmt: skip
    stamp.write_text(wanted)
    return PYTHON
