"""Finds stored files without a row and rows without their file; clears what is due."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from attachments import held, inventory, panels, services


class Command(BaseCommand):
    help = (
        "Finds stored files that no record points at and records whose file is gone; with "
        "--clear deletes the former, and deleted files that can no longer be brought back; with "
        "--scan asks the virus scan again about files it holds back."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--clear", action="store_true", help="delete what nobody points at")
        parser.add_argument(
            "--scan", action="store_true", help="ask clamd again about files it holds back"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["scan"]:
            self._scan()
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

    def _scan(self) -> None:
        if not settings.CLAMD_URL:
            raise CommandError("Nothing scans for viruses here: set CLAMD_URL first.")
        looked = held.look_again()
        self.stdout.write(f"{looked.freed} held files are clean, {looked.held} stay held back.")
        if not looked.is_whole:
            raise CommandError(
                "Not all were asked about: look whether clamd runs, then run it again."
            )
