"""Where a message comes from, which decides whether it counts as unread."""

from datetime import datetime
from enum import StrEnum

from waha.gateway import probe
from waha.gateway.payloads import IMPORTED, PAIRED, RECONCILED


class Origin(StrEnum):
    """The roads in."""

    LIVE = "live"
    RECONCILED = "reconciled"
    IMPORTED = "imported"

    @classmethod
    def of(cls, event: str) -> "Origin":
        """Return the road that journal rows of this event came by."""
        return ROADS.get(event, cls.LIVE)

    def counts(self, at: datetime, last_message_at: datetime | None) -> bool:
        """Return whether an incoming message of this origin is news.

        What reconciliation finds is news only after all we had: an older one lies above what
        people have read already.
        """
        if self is Origin.RECONCILED:
            return last_message_at is None or at > last_message_at
        return self is Origin.LIVE


# A probe of ours and a pair of addresses bring no message and are no sign of life of WAHA's.
ROADS = {
    RECONCILED: Origin.RECONCILED,
    IMPORTED: Origin.IMPORTED,
    PAIRED: Origin.RECONCILED,
    probe.EVENT: Origin.RECONCILED,
}
