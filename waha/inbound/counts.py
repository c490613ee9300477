"""Counts webhooks as they are answered, apart from the rows that are stored.

Each process adds up for a moment and then writes one row for each number and hour: a counter
written with each webhook would be a second flush to disk, and a lock that all of them want.
"""

import atexit
import logging
import threading
from collections import defaultdict
from datetime import datetime

from django.db import DatabaseError, IntegrityError, connections
from django.db.models import F

from waha.models import WahaEventCount

logger = logging.getLogger(__name__)

INTERVAL: float = 2.0
"""Seconds that a process adds up; what a killed one had not written is counted by nobody."""

Key = tuple[int, datetime]

_lock = threading.Lock()
_counts: dict[Key, list[int]] = defaultdict(lambda: [0, 0])
_timer: threading.Timer | None = None


def add(session_id: int, at: datetime, *, stored: bool) -> None:
    """Count one webhook that was taken: a new one, or one we had already."""
    global _timer
    hour = at.replace(minute=0, second=0, microsecond=0)
    with _lock:
        _counts[session_id, hour][0 if stored else 1] += 1
        if INTERVAL and _timer is None:
            _timer = threading.Timer(INTERVAL, _flush_late)
            _timer.daemon = True
            _timer.start()


def flush() -> None:
    """Write what was counted; what cannot be written is kept for the next time."""
    with _lock:
        counted = dict(_counts)
        _counts.clear()
    for (session_id, hour), (received, repeated) in counted.items():
        try:
            _write(session_id, hour, received, repeated)
        except DatabaseError as error:
            logger.warning("webhooks not counted: %s", type(error).__name__)
            with _lock:
                kept = _counts[session_id, hour]
                kept[0] += received
                kept[1] += repeated


def _flush_late() -> None:
    global _timer
    with _lock:
        _timer = None
    try:
        flush()
    finally:
        connections.close_all()  # those of this thread, which ends here


def _write(session_id: int, hour: datetime, received: int, repeated: int) -> None:
    row = WahaEventCount.objects.using("journal").filter(session_id=session_id, hour=hour)
    more = {"received": F("received") + received, "repeated": F("repeated") + repeated}
    if row.update(**more):
        return
    try:
        WahaEventCount.objects.using("journal").create(
            session_id=session_id, hour=hour, received=received, repeated=repeated
        )
    except IntegrityError:  # another process made it in this moment
        row.update(**more)


atexit.register(flush)
