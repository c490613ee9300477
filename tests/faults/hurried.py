"""A worker whose pauses after failures are ten times shorter: five minutes pass in thirty seconds.

Run as Celery is: `python -m tests.faults.hurried worker -Q default …`.
"""

import os
import sys
from importlib import import_module

import django

from mercury.celery import app

HURRY = 10


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mercury.settings")
    django.setup()
    # The models can be imported once Django is set up, not before.
    breaker = import_module("waha.outbound.breaker")
    for name in ("FIRST_REST", "LONGEST_REST", "FIRST_PAUSE", "LONGEST_PAUSE"):
        setattr(breaker, name, getattr(breaker, name) / HURRY)
    app.worker_main(sys.argv[1:])


if __name__ == "__main__":
    main()
