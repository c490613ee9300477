"""Best match first, where a search server ranks what it finds."""

from dataclasses import dataclass
from typing import Self

MOST = 500
"""Messages that are shown by rank; who has not found it among these types other words."""

_BEFORE = "best-"


@dataclass(frozen=True, slots=True)
class Skip:
    """A place in a list by rank: so many were shown. Ranks have no key to go on from."""

    rows: int = 0

    def __str__(self) -> str:
        return f"{_BEFORE}{self.rows}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The place, or None for anything that is none."""
        digits = text.removeprefix(_BEFORE)
        if digits == text or not (digits.isascii() and digits.isdigit() and len(digits) < 4):
            return None
        return cls(int(digits)) if int(digits) < MOST else None
