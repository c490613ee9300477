"""Looks at the read replicas: are they up, near the primary, and closed to writers."""

from collections.abc import Iterator

from django.conf import settings
from django.db import DatabaseError, connections

from mercury.db import replicas
from mercury.ops.findings import Finding, broken, ok, warning
from waha.inbox.cursors import OVERLAP

# A page made from a replica is completed by the updates of the last OVERLAP seconds; a replica
# may fall behind for some more until it is next looked at.
MOST_LAG = OVERLAP.total_seconds() - 2 * replicas.CHECK_EVERY


def read_replicas() -> Iterator[Finding]:
    """One finding a replica; nothing to say without any. A bad one is left out by itself."""
    if replicas.aliases() and settings.REPLICA_MAX_LAG > MOST_LAG:
        yield broken(
            "replicas",
            f"REPLICA_MAX_LAG is {settings.REPLICA_MAX_LAG:g}: open pages could miss what came "
            "while they were made.",
            f"Set it to {MOST_LAG:g} or less.",
        )
    for alias in replicas.aliases():
        yield _look(alias)


def _look(alias: str) -> Finding:
    lag = replicas.measure_lag(alias)
    if lag == replicas.INFINITE:
        return warning(
            alias,
            "It does not answer or shows no heartbeat: pages read the primary instead.",
            "Is it up, is replication running (SHOW REPLICA STATUS), and does the schedule "
            "process (celery beat) run?",
        )
    if lag > settings.REPLICA_MAX_LAG:
        return warning(
            alias,
            f"It is {lag:.0f} s behind the primary: pages leave it out until it catches up.",
            "Look at SHOW REPLICA STATUS; without workers the heartbeat itself is old.",
        )
    if not _read_only(alias):
        return warning(
            alias,
            "It takes writes: one by mistake would part it from the primary.",
            "SET PERSIST super_read_only = ON (MariaDB: read_only = ON).",
        )
    return ok(alias, f"It is {lag:.1f} s behind the primary and read.")


def _read_only(alias: str) -> bool:
    connection = connections[alias]
    if connection.vendor != "mysql":
        return True
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT @@global.read_only")
            return bool(cursor.fetchone()[0])
    except DatabaseError:
        return False
