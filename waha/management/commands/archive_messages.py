"""`manage.py archive_messages`: move whole old months of messages into the archive."""

import re
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from audit.commands import AuditedCommand
from mercury.db.locks import Busy
from waha.lifecycle import archive, months
from waha.lifecycle.portions import ArchiveError


class Command(AuditedCommand):
    help = "Moves whole old months of messages into the archive. May be stopped and run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--older-than", metavar="6m", default=f"{settings.ARCHIVE_AFTER_MONTHS}m",
            help="how many months ago a month must have ended (default: %(default)s)",
        )  # fmt: skip
        parser.add_argument("--dry-run", action="store_true", help="say what would be moved")
        parser.add_argument(
            "--no-wait", action="store_true",
            help="leave the freeing of what is archived just now to the next run",
        )  # fmt: skip

    def handle(
        self, *args: Any, older_than: str, dry_run: bool, no_wait: bool, **options: Any
    ) -> None:
        age = self._months(older_than)
        if dry_run:
            self._look(age)
            return
        try:
            done = archive.run(older_than=age, tell=self.stdout.write, wait=not no_wait)
        except (Busy, ArchiveError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Archived {len(done.archived)} months, freed {len(done.freed)}, "
            f"{len(done.waiting)} wait."
        )

    def _look(self, age: int) -> None:
        found = months.look(age)
        for each in found:
            note = f", waits for {each.kept_back} on the move" if each.kept_back else ""
            self.stdout.write(f"{each.month}: {each.rows:,} messages{note}")
        rows = sum(each.rows for each in found)
        self.stdout.write(f"{len(found)} months, {rows:,} messages would be archived.")

    def _months(self, text: str) -> int:
        match = re.fullmatch(r"(\d{1,3})m?", text)
        if not match or int(match[1]) < months.LEAST_AGE:
            raise CommandError("--older-than takes months, such as 6m, and at least 1m.")
        return int(match[1])
