"""`manage.py rebalance_shards`: every archive to the shard its company belongs on."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from audit.commands import AuditedCommand
from mercury.db import sharding
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
        parser.add_argument(
            "--shards", type=int, metavar="N",
            help="use only the first N, 0 for none: to empty the others before they are taken away",
        )  # fmt: skip

    def handle(self, *args: Any, dry_run: bool, shards: int | None, **options: Any) -> None:
        there = len(sharding.aliases())
        if shards is not None and not 0 <= shards <= there:
            raise CommandError(f"--shards is 0 to {there}: so many are in SHARD_DATABASE_URLS.")
        try:
            if dry_run:
                self._show_moves(shards)
                return
            done = moves.rebalance(tell=self.stdout.write, count=shards)
        except (Busy, ArchiveError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Moved {len(done.numbers)} numbers with {done.messages:,} messages.")

    def _show_moves(self, shards: int | None) -> None:
        places.settle()
        found = moves.wanted(shards)
        for place, target in found:
            self.stdout.write(f"session {place.pk}: {place.shard} → {target}")
        self.stdout.write(f"{len(found)} numbers would be moved.")
