"""`manage.py check_invariants`: rows that contradict each other, named one by one."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mercury.db.locks import Busy
from mercury.ops.invariants import files, nightly
from mercury.ops.invariants.rules import Outcome

WORDS = {rule.name: rule.words for rule in [*nightly.RULES, files.TONIGHT]} | {
    "orphan files": "each file on the disk belongs to a row",
    "audit log": "the audit log is as it was sealed",
}


class Command(BaseCommand):
    help = "Looks for rows that contradict each other. Changes none; ends with 1 if there are some."

    told = 0.0

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--files", action="store_true",
            help="read every file byte by byte and look for files without a row",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = nightly.look(every_byte=options["files"], tell=self._say, step=self._step)
        except Busy as busy:
            raise CommandError(str(busy)) from busy
        except KeyboardInterrupt:
            raise CommandError("Stopped. It changed nothing; run it again.") from None
        broken = sum(len(outcome.violations) for outcome in found)
        if broken:
            raise CommandError(
                f"{broken} rows contradict others. The lines above name them; docs/operations.md "
                "says what each rule means."
            )
        self.stdout.write(f"All {len(found)} invariants hold.")

    def _step(self, outcome: Outcome) -> None:
        """How far it is, over itself; told once a second, and to nobody who reads a file."""
        if self.stdout.isatty() and time.monotonic() - self.told > 1:
            self.told = time.monotonic()
            self.stdout.write(
                f"…        {outcome.name}: {outcome.looked_at:,} looked at", ending="\r"
            )
            self.stdout.flush()

    def _say(self, outcome: Outcome) -> None:
        words = WORDS[outcome.name]
        if not outcome.violations:
            self.stdout.write(f"ok       {outcome.name}: {words} ({outcome.looked_at:,})")
            return
        least = "" if outcome.is_finished else "at least "
        self.stdout.write(
            f"BROKEN   {outcome.name}: {words}: {least}{len(outcome.violations):,} do not"
        )
        for example in outcome.examples:
            self.stdout.write(f"{'':8} {example}")
