"""The monthly partitions of the message table, kept ahead of time."""

from django.db import connection
from django.utils import timezone

from mercury.db import partitions

TABLE = "waha_messages"
AHEAD = 3


def create_ahead(ahead: int = AHEAD) -> list[str]:
    """Make the partitions of the next `ahead` months where the database has partitions."""
    return partitions.create_ahead(connection, TABLE, now=timezone.now(), ahead=ahead)
