"""`manage.py rebalance_shards`: every archive to the shard its company belongs on."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from audit.commands import AuditedCommand
from mercury.db.locks import Busy
from waha.lifecycle import moves, places
from waha.lifecycle.portions import ArchiveError


class Command(AuditedCommand):
    help = (
        "Moves archives to the shard that follows from their company, after SHARD_DATABASE_URLS "
        "or a number's company changed. May be stopped and run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would be moved")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        if dry_run:
            places.settle()
            found = moves.wanted()
            for place, target in found:
                self.stdout.write(f"session {place.pk}: {place.shard} → {target}")
            self.stdout.write(f"{len(found)} numbers would be moved.")
            return
        try:
            done = moves.rebalance(tell=self.stdout.write)
        except (Busy, ArchiveError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Moved {len(done.numbers)} numbers with {done.messages:,} messages.")
