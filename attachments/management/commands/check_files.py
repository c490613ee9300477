"""Finds stored files without a row and rows without their file; clears what is due."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from attachments import inventory, panels, services


class Command(BaseCommand):
    help = (
        "Finds stored files that no record points at and records whose file is gone; with "
        "--clear deletes the former, and deleted files that can no longer be brought back."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--clear", action="store_true", help="delete what nobody points at")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["clear"]:
            purged = services.purge(older_than=timedelta(days=panels.KEPT_DAYS))
            self.stdout.write(f"{purged} deleted files cleared away.")
        found = inventory.look()
        for path in found.orphans:
            self.stdout.write(f"orphan: {path}")
        for pk in found.missing:
            self.stdout.write(f"missing: file {pk}")
        if options["clear"]:
            self.stdout.write(f"{inventory.clear(found.orphans)} orphans deleted.")
        self.stdout.write(
            f"{found.looked_at} stored files: {len(found.orphans)} orphans, "
            f"{len(found.missing)} records whose file is missing."
        )
        if found.missing:
            raise CommandError("Restore the missing files from a backup, or delete their records.")
