#!/usr/bin/env python3
"""`make clean`: remove .venv, var and caches; asks first when var holds the demo's data."""

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHES = [".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis"]


def main() -> int:
    database = ROOT / "var/mercury.sqlite3"
    if database.exists() and sys.stdin.isatty():
        answer = input(f"{database} holds the demo's data. Remove it as well? [y/N] ")
        if answer.strip().lower() != "y":
            print("Nothing removed.")
            return 1
    for name in [".venv", "var", *CACHES]:
        shutil.rmtree(ROOT / name, ignore_errors=True)
    for folder in ROOT.rglob("__pycache__"):
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
