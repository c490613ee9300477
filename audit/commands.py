"""Commands that change things: each run is written down, and its changes under its id."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError

from audit import context, log

logger = logging.getLogger(__name__)

# What Django's own options say is about the terminal.
UNTOLD = {
    "verbosity", "settings", "pythonpath", "traceback", "no_color", "force_color", "skip_checks",
    "stdout", "stderr",
}  # fmt: skip


class AuditedCommand(BaseCommand):
    """A command whose runs stand in the audit log: its name, flags and numbers, and how it ended.

    Options in words are told by name only: they may be a phone or a password. A run that
    `only_reads` is not told.
    """

    def only_reads(self, options: dict[str, Any]) -> bool:
        """Whether a run with these options changes nothing."""
        return bool(options.get("dry_run"))

    def execute(self, *args: Any, **options: Any) -> Any:
        name = self.__module__.rsplit(".", 1)[-1]
        with acting_as_command(name):
            try:
                result = super().execute(*args, **options)
            except Exception:
                self._tell(name, options, "failed")
                raise
            self._tell(name, options, "done")
            return result

    def _tell(self, name: str, options: dict[str, Any], outcome: str) -> None:
        if self.only_reads(options):
            return
        try:
            log.record("command.run", new={"command": name, "outcome": outcome, **_told(options)})
        except DatabaseError:  # the command's own word on it counts
            logger.exception("the run of %s could not be written down", name)


@contextmanager
def acting_as_command(name: str) -> Iterator[None]:
    """Run the block as whoever sits at the shell; within a request it stays that request's."""
    if context.current().request_id:
        yield
        return
    with context.acting(context.of_command(name)):
        yield


def _told(options: dict[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in options.items() if value and name not in UNTOLD}
    return {name: value if isinstance(value, int) else "…" for name, value in given.items()}
