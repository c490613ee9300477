"""The monthly partitions of the message table, kept ahead of time."""

from django.db import connection
from django.utils import timezone

from mercury.db import partitions

TABLE = "waha_messages"
AHEAD = 3


def create_ahead(ahead: int = AHEAD) -> list[str]:
    """Make the partitions of the next `ahead` months where the database has partitions."""
    return partitions.create_ahead(connection, TABLE, now=timezone.now(), ahead=ahead)


def missing(ahead: int = AHEAD) -> list[str]:
    """Names of the partitions from this month to `ahead` months on that do not exist yet."""
    if not partitions.supported(connection):
        return []
    this_month = partitions.Month.of(timezone.now())
    wanted = [this_month.plus(step).partition(TABLE) for step in range(ahead + 1)]
    existing = set(partitions.names(connection, TABLE))
    return [name for name in wanted if name not in existing]
