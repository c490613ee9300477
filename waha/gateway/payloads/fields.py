"""Readers that take one field out of foreign JSON and never raise.

WAHA's published schema rejects every real webhook, so each reader says what it falls back
to instead of insisting on a type.
"""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

from waha.gateway.payloads.text import clean, cut

JsonObject = dict[str, Any]

MILLISECONDS_FROM = 10**11
"""Greater numbers are milliseconds: in seconds they would lie past the year 5000."""

EARLIEST = datetime(2009, 1, 1, tzinfo=UTC)
"""WhatsApp began in 2009: no message is older."""

LARGEST_INT = 2**63 - 1


def as_object(value: object) -> JsonObject:
    """Return the object, or an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """Return the list, or an empty one."""
    return value if isinstance(value, list) else []


def as_text(value: object) -> str:
    """Return clean text of any length; numbers are written out, all else is empty."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value) if abs(value) <= LARGEST_INT else ""
    return ""


def as_name(value: object) -> str:
    """Return text cut to what a name or id column holds."""
    return cut(as_text(value))


def as_number(value: object) -> float | int | None:
    """Return a finite number, also from a numeric string such as NOWEB's own timestamps."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        try:
            value = float(value) if len(value) <= 40 else None
        except ValueError:
            return None
    if not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if abs(value) <= LARGEST_INT else None


def as_int(value: object) -> int | None:
    """Return a whole 64-bit number or None."""
    number = as_number(value)
    return None if number is None else int(number)


def as_size(value: object) -> int | None:
    """Return a count of bytes or seconds that a signed 32-bit column holds, or None."""
    number = as_int(value)
    return number if number is not None and 0 <= number < 2**31 else None


def as_flag(value: object) -> bool:
    """Return whether the value says yes; strings count only when they spell it."""
    return value.lower() == "true" if isinstance(value, str) else bool(value)


def as_moment(value: object) -> datetime | None:
    """Return the UTC moment of a Unix time in seconds or milliseconds, or None."""
    number = as_number(value)
    if number is None or number <= 0:
        return None
    seconds = number / 1000 if number > MILLISECONDS_FROM else number
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def plausible(moment: datetime | None, *, now: datetime) -> datetime | None:
    """Return the moment when a message could have been written then, else None."""
    if moment is None or not EARLIEST <= moment <= now + timedelta(days=1):
        return None
    return moment
