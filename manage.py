#!/usr/bin/env python
"""Runs Mercury's commands: `python manage.py help` lists them."""

import logging
import os
import sys
from tempfile import TemporaryDirectory

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from audit import context


def make_env() -> None:
    """Run make_env apart from any installation: it makes what the settings refuse to miss."""
    with TemporaryDirectory() as folder:
        os.environ.update(PUBLIC_URL="http://127.0.0.1:8000", MERCURY_VAR=folder)
        execute_from_command_line(sys.argv)


def run() -> None:
    """Run a command; what it changes is written down as its doing, what breaks as an error."""
    name = "".join(sys.argv[1:2])
    context.stand_as(context.of_command(name))
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as refusal:
        raise SystemExit(f"Mercury does not start. {refusal}") from None
    except Exception:
        logging.getLogger("mercury.commands").exception("the command %s failed", name)
        raise


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mercury.settings")
    if sys.argv[1:2] == ["make_env"]:
        make_env()
    else:
        run()
