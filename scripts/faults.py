#!/usr/bin/env python3
"""`make faults`: break things on purpose and count what was lost or came twice."""

import os
import sys
from pathlib import Path

if __package__ in (None, ""):  # run as a file, not with -m: make `scripts` importable
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.harness import venv
from scripts.harness.places import ROOT
from scripts.harness.processes import child, end_on_signals


def main() -> int:
    end_on_signals()
    os.chdir(ROOT)
    python = Path(os.environ.get("BENCH_PYTHON") or venv.ensure("dev"))
    with child([python, "-m", "tests.faults", *sys.argv[1:]]) as process:
        return process.wait()


if __name__ == "__main__":
    sys.exit(main())
