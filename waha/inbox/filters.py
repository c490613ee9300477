"""What part of the chats the list shows, as its address says it."""

from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import urlencode

from django.http import QueryDict

TABS = ("all", "unread", "groups", "archived")
LONGEST_SEARCH = 100


@dataclass(frozen=True, slots=True)
class Filters:
    """Tab, number, label (by name) and search words; anything else counts as the default."""

    tab: str = "all"
    number: int | None = None
    q: str = ""
    label: str = ""

    @classmethod
    def parse(cls, query: QueryDict) -> Self:
        tab, number = query.get("tab", ""), query.get("number", "")
        return cls(
            tab=tab if tab in TABS else "all",
            number=int(number)
            if number.isascii() and number.isdigit() and len(number) < 19
            else None,
            q=query.get("q", "").strip()[:LONGEST_SEARCH],
            label=query.get("label", "").strip()[:LONGEST_SEARCH],
        )

    @property
    def query(self) -> str:
        """The part of the address that differs from the default, without its question mark."""
        parts = {
            "tab": self.tab if self.tab != "all" else "",
            "number": self.number,
            "label": self.label,
            "q": self.q,
        }
        return urlencode({name: value for name, value in parts.items() if value})

    @property
    def is_default(self) -> bool:
        return self == Filters()

    def over(self, session_ids: list[int]) -> tuple["Filters", list[int]]:
        """These filters and the numbers they reach among `session_ids`.

        A number that is not among them is nobody's business here: all numbers are shown.
        """
        if self.number is None:
            return self, session_ids
        if self.number in session_ids:
            return self, [self.number]
        return replace(self, number=None), session_ids
