"""`manage.py doctor`: what is wrong with a set-up, and how to mend it."""

from collections.abc import Callable, Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mercury.ops import (
    database_probes,
    health_probes,
    key_probes,
    replica_probes,
    service_probes,
    setup_probes,
    shard_probes,
)
from mercury.ops.findings import Finding, State

MARKS = {State.OK: "ok", State.UNKNOWN: "unknown", State.WARNING: "WARNING", State.BROKEN: "BROKEN"}

type_of_probe = Callable[[], Finding | Iterable[Finding]]

ALWAYS: list[type_of_probe] = [
    setup_probes.addresses,
    setup_probes.secrets,
    setup_probes.storage,
    setup_probes.voice_notes,
    service_probes.redis_server,
    database_probes.reachable,
]
WITH_A_DATABASE: list[type_of_probe] = [database_probes.server, database_probes.migrations]
WITH_TABLES: list[type_of_probe] = [
    database_probes.partitions_ahead,
    key_probes.encryption_keys,
    replica_probes.read_replicas,
    shard_probes.shards,
    service_probes.first_user,
    service_probes.workers,
    service_probes.waha_servers,
    health_probes.schedule,
    health_probes.consistency,
    health_probes.monitoring_rights,
]


class Command(BaseCommand):
    help = "Says in plain words what is wrong with this set-up and how to mend it."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        findings = list(self._looked_at())
        broken = sum(finding.state is State.BROKEN for finding in findings)
        warnings = sum(finding.state is State.WARNING for finding in findings)
        if broken:
            raise CommandError(f"{broken} broken, {warnings} to look at.")
        self.stdout.write(f"\nAll well, {warnings} to look at." if warnings else "\nAll well.")

    def _looked_at(self) -> Iterable[Finding]:
        """Findings as they are made; the later probes need what the earlier ones found well."""
        for probes in (ALWAYS, WITH_A_DATABASE, WITH_TABLES):
            group = [finding for probe in probes for finding in self._told(probe())]
            yield from group
            if any(f.name in {"database", "migrations"} and f.state is State.BROKEN for f in group):
                return

    def _told(self, found: Finding | Iterable[Finding]) -> Iterable[Finding]:
        for finding in [found] if isinstance(found, Finding) else found:
            self.stdout.write(f"{MARKS[finding.state]:8} {finding.name}: {finding.sentence}")
            if finding.mend:
                self.stdout.write(f"{'':8} → {finding.mend}")
            yield finding
