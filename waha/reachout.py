"""WhatsApp's lock on writing to new people (its error 463), as told or as met.

It concerns first messages alone: answers go, and the session is not to be restarted.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from mercury.celery import hint
from mercury.db.models import TimestampedQuerySet
from waha import updates
from waha.models import OutboxState, UpdateKind, WahaOutbox, WahaPace

# How long first messages rest where WhatsApp does not say until when.
LOCKED_FOR = timedelta(hours=1)
MAX_SECONDS = 4_102_444_800  # the year 2100


def lock(session_id: int, until: datetime | None = None) -> datetime:
    """Let messages to people who never wrote rest; returns until when."""
    until = until or timezone.now() + LOCKED_FOR
    pace, _made = WahaPace.objects.get_or_create(pk=session_id)
    if (before := pace.locked_until) != until:
        WahaPace.objects.filter(pk=session_id).update(locked_until=until)
        if before is not None and before > until:  # it ends sooner than was thought
            _held(session_id, before).update(due_at=until)
        updates.record(UpdateKind.SESSION, session_id, ref=session_id)
    return until


def unlock(session_id: int) -> None:
    """Let them go again, and those that waited for it at once."""
    rows = WahaPace.objects.filter(pk=session_id, locked_until__isnull=False)
    if until := rows.values_list("locked_until", flat=True).first():
        rows.update(locked_until=None)
        _held(session_id, until).update(due_at=timezone.now())
        updates.record(UpdateKind.SESSION, session_id, ref=session_id)
        hint("deliver")


def note(session_id: int, told: Any, at: datetime) -> None:
    """Take in what WAHA says of the lock; where it says nothing, nothing is known.

    An end that is not told is assumed by the hour, so that the minute's look changes it once
    an hour only.
    """
    if not isinstance(told, dict):
        return
    if not told.get("isActive"):
        unlock(session_id)
        return
    ends = told.get("timeEnforcementEnds")
    if isinstance(ends, int | float) and 0 < ends < MAX_SECONDS:
        lock(session_id, datetime.fromtimestamp(ends, UTC))
    else:
        lock(session_id, at.replace(minute=0, second=0, microsecond=0) + 2 * LOCKED_FOR)


def locked_until(session_id: int) -> datetime | None:
    """Until when first messages rest, None when they do not."""
    rows = WahaPace.objects.filter(pk=session_id, locked_until__gt=timezone.now())
    return rows.values_list("locked_until", flat=True).first()


def _held(session_id: int, until: datetime) -> TimestampedQuerySet[WahaOutbox]:
    """What waits for a lock to end that was thought to last until then."""
    return WahaOutbox.objects.filter(session_id=session_id, state=OutboxState.QUEUED, due_at=until)
