"""`manage.py backup`: the databases and the files into a folder of their own."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from audit.commands import AuditedCommand
from mercury.db.locks import Busy
from mercury.ops.backups import making
from mercury.ops.backups.manifest import BackupError, Manifest


class Command(AuditedCommand):
    help = (
        "Writes a backup of every database and of the stored files, by the server's own tools, "
        "while people work. Whole or not at all; ENCRYPTION_KEYS are not in it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, metavar="FOLDER", help="default: var/backups")
        parser.add_argument(
            "--without-files", action="store_true", help="leave uploads and media out"
        )

    def handle(self, *args: Any, to: Path | None, without_files: bool, **options: Any) -> None:
        into = (to or settings.VAR_DIR / "backups").absolute()
        try:
            folder = making.make(into, with_files=not without_files, tell=self._show)
            manifest = Manifest.read(folder)
        except (BackupError, Busy) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("Stopped; nothing was kept.") from None
        for name, part in manifest.parts.items():
            self.stdout.write(f"{name}: {part.size:,} bytes{' ' * 30}")
        if not manifest.files:
            self.stdout.write(f"Uploads and media are not in it: {manifest.files_note}.")
        self.stdout.write(self.style.SUCCESS(f"Backup in {folder}."))
        self.stdout.write(
            f"Not in it, on purpose: ENCRYPTION_KEYS ({', '.join(manifest.keys)}). Keep .env "
            "elsewhere; without these keys what is encrypted in the backup is lost. "
            f"Try it now and then: python manage.py restore --verify {folder}"
        )

    def _show(self, line: str) -> None:
        self.stdout.write(f"{line:<50}", ending="\r")
        self.stdout.flush()
