"""`manage.py backfill`: fill a column that a migration added to a large table."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mercury.db import backfill
from mercury.db.backfill import Backfill, Progress


class Command(BaseCommand):
    help = (
        "Fills a new column in batches while the product runs; without a name, says which are "
        "to be filled. May be stopped and run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", help="such as chat_reads.is_behind")
        parser.add_argument(
            "--batch", type=int, default=1000, metavar="N", help="rows a transaction (1000)"
        )
        parser.add_argument(
            "--pause", type=float, default=0.05, metavar="S", help="seconds between two (0.05)"
        )
        parser.add_argument(
            "--check", action="store_true", help="change nothing; fail when something is to do"
        )

    def handle(
        self, *args: Any, name: str | None, batch: int, pause: float, check: bool, **options: Any
    ) -> None:
        if batch < 1 or pause < 0:
            raise CommandError("--batch is at least 1 and --pause is not negative.")
        wanted = [each for each in backfill.known() if name in {None, each.name}]
        if not wanted:
            names = ", ".join(each.name for each in backfill.known())
            raise CommandError(f"There is no backfill {name!r}; there are: {names}.")
        if name is None or check:
            self._look(wanted, check)
            return
        self._fill(wanted[0], batch, pause)

    def _look(self, wanted: list[Backfill], check: bool) -> None:
        open_ones = [each.name for each in wanted if not backfill.is_done(each)]
        for each in wanted:
            state = "to do" if each.name in open_ones else "done"
            self.stdout.write(f"{each.name}: {state}. {each.why}")
        if check and open_ones:
            raise CommandError(f"Run `python manage.py backfill {open_ones[0]}`.")

    def _fill(self, wanted: Backfill, size: int, pause: float) -> None:
        def tell(progress: Progress) -> None:
            self.stdout.write(
                f"{progress.filled:,} rows filled, up to key {progress.last_key}", ending="\r"
            )
            self.stdout.flush()

        try:
            done = backfill.run(wanted, size=size, pause=pause, tell=tell)
        except KeyboardInterrupt:
            raise CommandError("Stopped. Run it again to go on.") from None
        self.stdout.write(f"{wanted.name}: filled {done.filled:,} rows in {done.batches} batches.")
