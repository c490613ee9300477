#!/usr/bin/env python
"""Runs Mercury's commands: `python manage.py help` lists them."""

import os
import sys
from tempfile import TemporaryDirectory

from django.core.management import execute_from_command_line


def make_env() -> None:
    """Run make_env apart from any installation: it makes what the settings refuse to miss."""
    with TemporaryDirectory() as folder:
        os.environ.update(PUBLIC_URL="http://127.0.0.1:8000", MERCURY_VAR=folder)
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mercury.settings")
    if sys.argv[1:2] == ["make_env"]:
        make_env()
    else:
        execute_from_command_line(sys.argv)
