"""`manage.py migrate_shards`: the archive's tables on every shard."""

from typing import Any

from django.core.management import call_command

from audit.commands import AuditedCommand
from mercury.db import sharding


class Command(AuditedCommand):
    help = "Brings every shard's tables up to date; only the archive's tables live there."

    def handle(self, *args: Any, **options: Any) -> None:
        found = sharding.aliases()
        for alias in found:
            self.stdout.write(f"{alias} …")
            # All migrations are written down there, though only those of the archive do anything.
            call_command("migrate", database=alias, verbosity=0)
        self.stdout.write(
            f"{len(found)} shards are up to date."
            if found
            else "No shards are set. Name them in SHARD_DATABASE_URLS."
        )
