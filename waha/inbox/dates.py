"""The place in a chat that a page begins at: a day, or where the page before it ended."""

from datetime import date, datetime, time

from django.http import QueryDict
from django.utils import timezone

from mercury.db.keyset import Cursor


def start(query: QueryDict) -> Cursor | None:
    """The place that `?from=<cursor>` or `?date=2026-03-01` names; None for anything else."""
    return Cursor.parse(query.get("from", "")) or _start_of_day(query.get("date", ""))


def _start_of_day(text: str) -> Cursor | None:
    """Before the day's first message, by the reader's own clock."""
    try:
        day = datetime.combine(date.fromisoformat(text), time())
        # An hour that the clock skips or repeats is read as its first: nothing is left out.
        return Cursor(timezone.make_aware(day), 0)
    except (ValueError, OverflowError):
        return None
