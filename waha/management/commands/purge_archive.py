"""`manage.py purge_archive`: delete archived months whose retention has run out."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from audit.commands import AuditedCommand
from mercury.db.locks import Busy
from waha.lifecycle import retention


class Command(AuditedCommand):
    help = "Deletes archived months that ended so many months ago, save what is on legal hold."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--older-than", type=int, metavar="MONTHS", default=settings.RETENTION_MONTHS,
            help="default: RETENTION_MONTHS (%(default)s)",
        )  # fmt: skip
        parser.add_argument("--dry-run", action="store_true", help="say what would be deleted")

    def handle(self, *args: Any, older_than: int, dry_run: bool, **options: Any) -> None:
        if older_than < 1:
            raise CommandError(
                "No retention is set. Set RETENTION_MONTHS or name --older-than MONTHS."
            )
        if dry_run:
            for each in retention.look(older_than):
                self.stdout.write(f"{each.month}: {each.messages:,} messages, {each.held:,} held")
            return
        try:
            done = retention.run(older_than=older_than, tell=self.stdout.write)
        except Busy as error:
            raise CommandError(str(error)) from error
        deleted, held = sum(each.messages for each in done), sum(each.held for each in done)
        self.stdout.write(f"Deleted {deleted:,} messages, {held:,} are on hold.")
