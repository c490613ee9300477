"""Runs the experiments named on the command line, or all, on private servers."""

import argparse
import os
import sys
import time
from dataclasses import replace
from importlib import import_module

import django

from scripts.harness.processes import end_on_signals
from tests.faults.machine import machine

NAMES = (
    "webhooks",
    "sends",
    "outage",
    "poison",
    "strangers",
    "losses",
    "media",
    "addresses",
    "keys",
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(NAMES))
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SEED") or 1))
    parser.add_argument("--scale", type=float, default=1.0, help="0.1 for a tenth of it")
    wanted = parser.parse_args()
    if unknown := set(wanted.names) - set(NAMES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    end_on_signals()
    failed = []
    with machine() as parts:
        os.environ.update(parts.env)
        django.setup()
        for name in wanted.names or NAMES:
            # The models can be imported once Django knows the database, not before.
            experiment = import_module(f"tests.faults.{name}")
            invariants = import_module("tests.faults.invariants")
            print(f"# {name}, seed {wanted.seed} …", flush=True)
            began = time.monotonic()
            report = experiment.run(parts, seed=wanted.seed, scale=wanted.scale)
            report = replace(report, broken=invariants.broken())
            print(report, f"  {time.monotonic() - began:.0f} s", sep="\n", flush=True)
            if not report.held:
                failed.append(name)
    print(f"FAILED: {', '.join(failed)}" if failed else "Nothing lost, nothing twice.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
