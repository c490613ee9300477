"""A worker whose pauses after failures are shorter.

Those of sends ten times: five minutes pass in thirty seconds. Those of files, of which the last
are of hours, a thousand times.

Run as Celery is: `python -m tests.faults.hurried worker -Q default …`.
"""

import os
import sys
from datetime import timedelta
from importlib import import_module

import django

from mercury.celery import app

HURRY = 10
FILES_HURRY = 1000
FILE_SECONDS, LEASE_SECONDS = 5.0, 20
"""How long one file may take, and for how long it is its worker's; their proportion is real."""


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mercury.settings")
    django.setup()
    # What knows models can be imported once Django is set up, not before.
    breaker = import_module("waha.outbound.breaker")
    for name in ("FIRST_REST", "LONGEST_REST", "FIRST_PAUSE", "LONGEST_PAUSE"):
        setattr(breaker, name, getattr(breaker, name) / HURRY)
    media = import_module("waha.inbound.media")
    media.LADDER = tuple(pause / FILES_HURRY for pause in media.LADDER)
    media.FILE_SECONDS, media.LEASE = FILE_SECONDS, timedelta(seconds=LEASE_SECONDS)
    app.worker_main(sys.argv[1:])


if __name__ == "__main__":
    main()
