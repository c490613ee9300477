"""`manage.py rotate_encryption_keys`: everything encrypted goes under the first key."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.db import connection

from audit.commands import AuditedCommand
from mercury.db import rotation, tablespaces
from mercury.db.locks import Busy, named_lock
from mercury.db.rotation import Column, Kept, Progress

SHOWN = 10


class Command(AuditedCommand):
    help = (
        "Encrypts everything anew that does not lie under the first key of ENCRYPTION_KEYS, "
        "while the product runs. May be stopped or killed anywhere and run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--batch", type=int, default=500, metavar="N", help="rows a transaction (500)"
        )
        parser.add_argument(
            "--check", action="store_true", help="change nothing; fail when something is to do"
        )

    def only_reads(self, options: dict[str, Any]) -> bool:
        return bool(options["check"])

    def handle(self, *args: Any, batch: int, check: bool, **options: Any) -> None:
        if batch < 1:
            raise CommandError("--batch is at least 1.")
        kept = rotation.survey()
        old = [each for each in kept if each.key_id != self.first]
        self._say(kept)
        if check:
            if old:
                raise CommandError("Run `python manage.py rotate_encryption_keys`.")
            return
        try:
            with named_lock("rotate_encryption_keys"):
                done = self._rotate(sum(each.values for each in old), batch)
        except Busy as busy:
            raise CommandError(str(busy)) from busy
        except KeyboardInterrupt:
            raise CommandError("Stopped. Run it again to go on.") from None
        self._end(done)

    @property
    def first(self) -> str:
        """The id of the key that writes."""
        return str(settings.ENCRYPTION_KEYS[0][0])

    def _rotate(self, total: int, size: int) -> Progress:
        def tell(column: Column, progress: Progress) -> None:
            line = f"{progress.rewritten:,} of {total:,} values encrypted anew ({column.place})"
            self.stdout.write(line, ending="\r")
            self.stdout.flush()

        return rotation.rotate(size=size, tell=tell)

    def _end(self, done: Progress) -> None:
        self.stdout.write(
            f"{done.rewritten:,} values encrypted anew under {self.first!r}.{' ' * 30}"
        )
        self._encrypt_table()
        if done.unreadable:
            named = ", ".join(done.unreadable[:SHOWN])
            more = " and others" if len(done.unreadable) > SHOWN else ""
            raise CommandError(
                f"{len(done.unreadable):,} values cannot be read and stay as they are: "
                f"{named}{more}. Put the keys they were written under back into ENCRYPTION_KEYS, "
                "after the first, and run it again. If those keys are lost, so are the values: "
                "enter them anew."
            )
        left = sum(each.values for each in rotation.survey() if each.key_id != self.first)
        if left:
            raise CommandError(
                f"{left:,} values were written under an older key meanwhile: a process still "
                "runs with other ENCRYPTION_KEYS. Restart all of them and run this again."
            )
        others = ", ".join(repr(key_id) for key_id, _key in settings.ENCRYPTION_KEYS[1:])
        if others:
            self.stdout.write(
                f"Nothing needs {others} any more: take it out of ENCRYPTION_KEYS and restart "
                "everything. Keep it with the backups made before now: they can only be read "
                "with it."
            )

    def _say(self, kept: list[Kept]) -> None:
        for each in kept:
            here = "" if each.key_id in dict(settings.ENCRYPTION_KEYS) else ", which is not set"
            self.stdout.write(f"{each.place}: {each.values:,} under {each.key_id!r}{here}")

    def _encrypt_table(self) -> None:
        """Where the server has got a keyring since the table was made."""
        if tablespaces.has_keyring(connection) and not tablespaces.is_encrypted(
            connection, "sensitive_data"
        ):
            reason = tablespaces.encrypt(connection, "sensitive_data")
            self.stdout.write(reason or "sensitive_data is now encrypted by the server too.")
