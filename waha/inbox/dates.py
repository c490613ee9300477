"""The place in a chat that a page begins at: a message, a day, or where another page ended."""

import re
from datetime import date, datetime, time

from django.http import QueryDict
from django.utils import timezone

from accounts.models import User
from mercury.db.keyset import Cursor
from waha.search import place

LARGEST_ID = 2**63 - 1


def start(query: QueryDict) -> Cursor | None:
    """The place that `?from=<cursor>` or `?date=2026-03-01` names; None for anything else."""
    return Cursor.parse(query.get("from", "")) or _start_of_day(query.get("date", ""))


def at_message(user: User, chat_id: int, query: QueryDict) -> Cursor | None:
    """The place shortly before the message that `?message=<id>` names, if it is in this chat."""
    named = query.get("message", "")
    if not re.fullmatch(r"[0-9]{1,19}", named) or int(named) > LARGEST_ID:
        return None
    return place.around(user, chat_id, int(named))


def _start_of_day(text: str) -> Cursor | None:
    """Before the day's first message, by the reader's own clock."""
    try:
        day = datetime.combine(date.fromisoformat(text), time())
        # An hour that the clock skips or repeats is read as its first: nothing is left out.
        return Cursor(timezone.make_aware(day), 0)
    except (ValueError, OverflowError):
        return None
