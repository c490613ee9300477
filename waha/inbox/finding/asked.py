"""What the search page is asked for, as its address says it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self
from urllib.parse import urlencode

from django.http import QueryDict

from mercury.db.keyset import Cursor
from waha.models import MessageType
from waha.search import query as queries
from waha.search.query import LONGEST, Query
from waha.search.ranking import Skip

KINDS = ("messages", "chats", "contacts", "companies", "instructors", "files", "calls")
SENDERS = {"us": True, "them": False}
FILE = "file"
BEST = "best"


@dataclass(frozen=True, slots=True)
class Asked:
    """Words and filters; anything in the address that makes no sense counts as not given."""

    q: str = ""
    only: str = ""
    number: int | None = None
    chat: int | None = None
    sent_by: str = ""
    kind: str = ""
    since: str = ""
    until: str = ""
    order: str = ""
    cursor: Cursor | Skip | None = None

    @classmethod
    def parse(cls, data: QueryDict) -> Self:
        text, cursor = queries.parse(data.get("q", "")).text, data.get("cursor", "")
        kind, only, sent_by = (data.get(name, "") for name in ("kind", "show", "by"))
        return cls(
            q=text[:LONGEST],
            only=only if only in KINDS else "",
            number=_number(data.get("number", "")),
            chat=_number(data.get("chat", "")),
            sent_by=sent_by if sent_by in SENDERS else "",
            kind=kind if kind == FILE or kind in MessageType.values else "",
            since=_day(data.get("since", "")),
            until=_day(data.get("until", "")),
            order=BEST if data.get("order") == BEST else "",
            cursor=Skip.parse(cursor) or Cursor.parse(cursor),
        )

    @property
    def query(self) -> Query:
        """The words, with what was chosen beside them."""
        typed = queries.parse(f"{self.q} has:{self.kind}" if self.kind else self.q)
        return queries.narrowed(
            typed,
            number=self.number,
            chat=self.chat,
            from_me=SENDERS.get(self.sent_by),
            since=_start(self.since),
            until=_start(self.until, days=1),
        )

    @property
    def by_rank(self) -> bool:
        """Whether the best matches are to come first."""
        return self.order == BEST

    @property
    def filters(self) -> int:
        """How many filters are set beside the words."""
        values = (self.number, self.chat, self.sent_by, self.kind, self.since, self.until)
        return sum(1 for value in values if value)

    @property
    def address(self) -> str:
        """The part of the address that says all this, the cursor aside."""
        parts = {
            "q": self.q, "show": self.only, "number": self.number, "chat": self.chat,
            "by": self.sent_by, "kind": self.kind, "since": self.since, "until": self.until,
            "order": self.order,
        }  # fmt: skip
        return urlencode({name: value for name, value in parts.items() if value})


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


def _start(text: str, days: int = 0) -> object:
    """The start of that day, or of one after it, by the reader's clock."""
    try:
        return queries.start_of(date.fromisoformat(text) + timedelta(days=days)) if text else None
    except OverflowError:
        return None
