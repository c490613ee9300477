"""`manage.py partitions`: the monthly partitions of the message tables."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from mercury.db.partitions import supported
from waha.lifecycle import partitions

MOST = 120
"""Months; ten years of empty partitions slow every query that names no time."""


class Command(BaseCommand):
    help = "Makes the message tables' partitions of the coming months, or checks for them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--ahead", type=int, metavar="N",
            help=f"how many months after this one (default: {partitions.AHEAD} to make, "
            f"{partitions.LEAST} to check)",
        )  # fmt: skip
        parser.add_argument(
            "--check", action="store_true", help="change nothing; fail when one is missing"
        )

    def handle(self, *args: Any, ahead: int | None, check: bool, **options: Any) -> None:
        if ahead is None:
            ahead = partitions.LEAST if check else partitions.AHEAD
        if not 0 <= ahead <= MOST:
            raise CommandError(f"--ahead counts months: 0 to {MOST}.")
        if not supported(connection):
            self.stdout.write("This database has no partitions and needs none.")
            return
        for place, rows in partitions.in_maximum().items():
            self.stdout.write(f"{rows} rows of {place} have no month of their own yet.")
        if not check:
            made = partitions.create_ahead(ahead)
            self.stdout.write(f"Made {', '.join(made)}." if made else "All are there already.")
        elif missing := partitions.missing(ahead):
            raise CommandError(
                f"Missing: {', '.join(missing)}. Run `python manage.py partitions --ahead {ahead}`."
            )
        else:
            self.stdout.write("All are there.")
