"""What part of the calls the list shows, as its address says it."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode

from django.http import QueryDict

from waha.models.call import WahaCallQuerySet

TABS = ("all", "waiting", "unanswered", "answered")
KINDS = ("", "voice", "video", "group")


@dataclass(frozen=True, slots=True)
class CallFilters:
    """Tab, number and kind of call; anything else in the address counts as the default."""

    tab: str = "all"
    number: int | None = None
    kind: str = ""

    @classmethod
    def parse(cls, query: QueryDict) -> Self:
        tab, kind, number = (query.get(name, "") for name in ("tab", "kind", "number"))
        is_number = number.isascii() and number.isdigit() and len(number) < 19
        return cls(
            tab=tab if tab in TABS else "all",
            number=int(number) if is_number else None,
            kind=kind if kind in KINDS else "",
        )

    @property
    def query(self) -> str:
        """The part of the address that differs from the default, without its question mark."""
        tab = self.tab if self.tab != "all" else ""
        parts = {"tab": tab, "number": self.number, "kind": self.kind}
        return urlencode({name: value for name, value in parts.items() if value})

    @property
    def is_default(self) -> bool:
        return self == CallFilters()

    def apply(self, calls: WahaCallQuerySet) -> WahaCallQuerySet:
        """The calls of the tab, number and kind."""
        calls = self.within(calls)
        if self.tab == "waiting":
            return calls.to_call_back()
        if self.tab == "unanswered":
            return calls.unanswered()
        return calls.answered() if self.tab == "answered" else calls

    def within(self, calls: WahaCallQuerySet) -> WahaCallQuerySet:
        """The calls of the number and kind, whatever the tab."""
        if self.number is not None:
            calls = calls.filter(session_id=self.number)
        if self.kind == "group":
            return calls.filter(is_group=True)
        if self.kind:
            return calls.filter(is_group=False, is_video=self.kind == "video")
        return calls
