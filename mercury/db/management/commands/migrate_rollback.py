"""`manage.py migrate_rollback`: take the last applied migrations back."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections

from mercury.db import rollback
from mercury.db.rollback import CannotRollBack, Step


class Command(BaseCommand):
    help = "Takes the last applied migrations back, newest first. Shows the plan and asks."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--steps", type=int, default=1, metavar="N", help="how many migrations (default: 1)"
        )
        parser.add_argument("--plan", action="store_true", help="show the plan and stop")
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="such as shard_0")

    def handle(
        self, *args: Any, steps: int, plan: bool, yes: bool, database: str, **options: Any
    ) -> None:
        if steps < 1:
            raise CommandError("--steps counts migrations and is at least 1.")
        if database not in connections:
            raise CommandError(f"There is no database {database!r}.")
        try:
            found = rollback.plan(connections[database], steps)
        except CannotRollBack as reason:
            raise CommandError(str(reason)) from reason
        if not found:
            self.stdout.write("No migration is applied.")
            return
        for step in found:
            self._show(step)
        if plan or not (yes or self._agreed(len(found))):
            self.stdout.write("Nothing was changed.")
            return
        rollback.carry_out(connections[database], found)
        self.stdout.write(f"Took {len(found)} back. `python manage.py migrate` applies them again.")

    def _show(self, step: Step) -> None:
        self.stdout.write(step.name)
        for line in step.undone:
            self.stdout.write(f"    undo: {line}")
        for line in step.lost:
            self.stdout.write(self.style.WARNING(f"    lost: {line}"))

    def _agreed(self, count: int) -> bool:
        word = input(f"Take {count} back? Make a backup first. Type yes: ")
        return word.strip().lower() == "yes"
