#!/usr/bin/env python3
"""`make lock`: write requirements/*.lock anew, for Python 3.11 and newer, with hashes."""

import subprocess
import sys
from pathlib import Path

if __package__ in (None, ""):  # run as a file, not with -m: make `scripts` importable
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.harness import venv
from scripts.harness.places import ROOT

LOCKS = {
    "requirements-embedded.txt": "embedded",
    "requirements.txt": "production",
    "requirements-dev.txt": "dev",
}


def main() -> int:
    uv = venv.ensure().parent / "uv"
    for source, lock in LOCKS.items():
        done = subprocess.run(
            [
                str(uv), "pip", "compile", "--quiet", "--universal", "--python-version", "3.11",
                "--generate-hashes", "--no-header", source, "-o", f"requirements/{lock}.lock",
            ],
            cwd=ROOT, check=False,
        )  # fmt: skip
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
