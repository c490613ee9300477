"""What stands in a thread, one under the other: the part that messages and calls share."""

from dataclasses import dataclass
from datetime import date, datetime

from mercury.db.keyset import Cursor


@dataclass(frozen=True, slots=True)
class Gap:
    """From when until when messages may be missing."""

    begins_at: datetime
    ends_at: datetime


@dataclass(slots=True, kw_only=True)
class Entry:
    """A message or a call. `order` is its place among the others: time, then id."""

    pk: int
    at: datetime
    day: date
    order: int
    from_me: bool = False
    archived: bool = False
    show_day: bool = False
    show_sender: bool = False
    starts_run: bool = False
    unread_line: int = 0
    archive_line: bool = False
    gap_below: Gap | None = None

    @property
    def is_call(self) -> bool:
        """Whether it is drawn as a call."""
        return False

    @property
    def cursor(self) -> Cursor:
        """Its place in the chat."""
        return Cursor(self.at, self.pk)
