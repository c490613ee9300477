"""Times of which messages may be missing for good, found by holding WAHA's history to ours."""

import logging
from datetime import datetime, timedelta

from waha.models import WahaGap, WahaMessage, WahaSync

logger = logging.getLogger(__name__)

SHORTEST = timedelta(minutes=1)
LOOK_BACK = timedelta(hours=24)


def newest_before(session_id: int, at: datetime) -> datetime | None:
    """The time of our newest message of WhatsApp's in the day before `at`."""
    rows = WahaMessage.objects.filter(
        session_id=session_id, created_at__gt=at - LOOK_BACK, created_at__lte=at
    ).exclude(message_id="")
    return rows.order_by("-created_at").values_list("created_at", flat=True).first()


def judge(row: WahaSync) -> WahaGap | None:
    """Mark a gap when a finished reading after an outage did not meet what we had before it.

    WAHA's history then begins later: its store was emptied, or the phone was paired anew. With
    nothing of our own to meet, nobody can tell.
    """
    if row.outage_from is None or newest_before(row.session_id, row.since) is None:
        return None
    if row.oldest_at is not None and row.oldest_at <= row.since:
        return None
    return mark(row, row.outage_from, min(filter(None, (row.oldest_at, row.until))))


def mark(row: WahaSync, begins_at: datetime, ends_at: datetime) -> WahaGap | None:
    """Write a gap down, once; moments are none."""
    if ends_at - begins_at < SHORTEST:
        return None
    known = WahaGap.objects.filter(session_id=row.session_id, chat=None)
    if known.filter(begins_at__lte=begins_at, ends_at__gte=ends_at).exists():
        return None
    logger.error("session %s: a gap in its history that WAHA cannot fill", row.session_id)
    return WahaGap.objects.create(session_id=row.session_id, begins_at=begins_at, ends_at=ends_at)
