"""Runs the benchmarks named on the command line, or all, on DATABASE_URL."""

import argparse
import os
import sys

import django

NAMES = (
    "webhook",
    "drain",
    "grants",
    "admin_lists",
    "pages",
    "records",
    "audit_pages",
    "statements",
    "router",
    "archive",
    "search",
    "seed",
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(NAMES))
    names = parser.parse_args().names or NAMES
    if unknown := set(names) - set(NAMES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mercury.settings")
    django.setup()
    figures = []
    for name in names:
        module = __import__(f"benchmarks.{name}", fromlist=["run"])
        print(f"# {name} …", flush=True)
        for figure in module.run():
            print(figure, flush=True)
            figures.append(figure)
    return 0 if all(figure.met for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
