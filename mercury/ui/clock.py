"""Times as a chat shows them, in the reader's own zone and language."""

from datetime import date, datetime, timedelta

from django.utils import formats, timezone
from django.utils.translation import gettext as _

WEEK = timedelta(days=7)


def chat_time(at: datetime) -> str:
    """Return the short time of a list row: 09:41, Yesterday, Fri, 12 May or 12 May 2024."""
    local = timezone.localtime(at)
    today = timezone.localdate()
    if local.date() == today:
        return bubble_time(at)
    if local.date() == today - timedelta(days=1):
        return _("Yesterday")
    if timedelta(0) < today - local.date() < WEEK:
        return formats.date_format(local, "D")
    return formats.date_format(local, _short_date(local.date(), today))


def bubble_time(at: datetime) -> str:
    """Return hours and minutes."""
    return formats.date_format(timezone.localtime(at), "H:i")


def day_name(day: date) -> str:
    """Return the words of a day line: Today, Yesterday, Friday or 12 May 2024."""
    today = timezone.localdate()
    if day == today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    if timedelta(0) < today - day < WEEK:
        return formats.date_format(day, "l")
    return formats.date_format(day, _short_date(day, today).replace("M", "F"))


def duration(seconds: float) -> str:
    """Return minutes and seconds of a recording: 0:24, 61:05."""
    whole = max(0, round(seconds))
    return f"{whole // 60}:{whole % 60:02d}"


def _short_date(day: date, today: date) -> str:
    return "j M" if day.year == today.year else "j M Y"
