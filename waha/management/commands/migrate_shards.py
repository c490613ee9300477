"""`manage.py migrate_shards`: the archive's tables on every shard."""

from typing import Any

from django.core.management import CommandError, call_command
from django.db import OperationalError

from audit.commands import AuditedCommand
from mercury.db import sharding


class Command(AuditedCommand):
    help = "Brings every shard's tables up to date; only the archive's tables live there."

    def handle(self, *args: Any, **options: Any) -> None:
        found = sharding.aliases()
        for alias in found:
            self.stdout.write(f"{alias} …")
            # All migrations are written down there, though only those of the archive do anything.
            try:
                call_command("migrate", database=alias, verbosity=0)
            except OperationalError as error:
                raise CommandError(
                    f"{alias} cannot be used: {error.args[-1] if error.args else error}. Look at "
                    "its address in SHARD_DATABASE_URLS; the database itself must be there."
                ) from error
        self.stdout.write(
            f"{len(found)} shards are up to date."
            if found
            else "No shards are set. Name them in SHARD_DATABASE_URLS."
        )
