"""`manage.py restore`: a backup back into the databases, or only looked through."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import connection

from audit.commands import AuditedCommand
from mercury.db.locks import Busy
from mercury.ops.backups import making, restoring
from mercury.ops.backups.manifest import BackupError

WHERE = "the temporary folder (TMPDIR), or of the files"


class Command(AuditedCommand):
    help = (
        "Brings a backup back: loads it aside, looks it through, then exchanges all tables at "
        "once and keeps the state before. --verify stops before the exchange and changes nothing."
    )
    # It may be what mends a database that the checks would complain about.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="such as var/backups/mercury-20261122T0300Z")
        parser.add_argument("--verify", action="store_true", help="look it through, change nothing")
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument(
            "--without-keys", action="store_true",
            help="restore although some encrypted values can be read by nobody any more",
        )  # fmt: skip

    def only_reads(self, options: dict[str, Any]) -> bool:
        return bool(options["verify"])

    def handle(self, *args: Any, folder: Path, verify: bool, **options: Any) -> None:
        try:
            if verify:
                self._verify(folder)
            else:
                self._restore(folder, options["yes"], options["without_keys"])
        except (BackupError, Busy) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(making.disk_words(error, WHERE)) from error
        except KeyboardInterrupt:
            raise CommandError("Stopped.") from None

    def _verify(self, folder: Path) -> None:
        manifest = restoring.verify(folder, self._show)
        lacking = restoring.missing_keys(manifest)
        self.stdout.write(self.style.SUCCESS(f"The backup of {manifest.made_at} is whole."))
        if lacking:
            raise CommandError(
                f"But ENCRYPTION_KEYS lacks {', '.join(lacking)}, or has another key under that "
                "name: what is encrypted in the backup may be unreadable. Find the .env of then."
            )

    def _restore(self, folder: Path, yes: bool, without_keys: bool) -> None:
        name = str(connection.settings_dict["NAME"])
        if not yes:
            self.stdout.write(
                f"Everything in {name} is replaced by the backup; the state before is kept beside "
                "it. Stop web, workers and schedule first."
            )
            if input("Type the database's name to go on: ").strip() != name:
                raise CommandError("Nothing was changed.")
        done = restoring.restore(folder, self._show, without_keys=without_keys)
        written, there = done.files
        self.stdout.write(f"{written:,} files put back, {there:,} were there.{' ' * 30}")
        self.stdout.write(self.style.SUCCESS(f"Restored. Before: {', '.join(done.before)}."))
        self.stdout.write(
            "Run `python manage.py migrate` and `python manage.py doctor`, then start."
        )

    def _show(self, line: str) -> None:
        """Progress goes over itself; results stay."""
        passing = line.endswith((" MB written", " put back"))
        self.stdout.write(f"{line:<50}", ending="\r" if passing else "\n")
        self.stdout.flush()
