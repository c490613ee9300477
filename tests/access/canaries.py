"""Words that betray where they come from: one for each field of each number's data.

A word is `zq<number><serial><kind>qz`: it survives every filter of names and file names, and
its kind says by which right somebody without the number may read it all the same.
"""

import re
from dataclasses import dataclass, field

from accounts.permissions import Can
from waha.models import Level

WORD = re.compile(rb"zq([a-z])(\d{3})([a-z]+)qz", re.IGNORECASE)

# What a permission opens beside the shares of a number; all other kinds take a share.
OPENED_BY = {
    "number": {Can.VIEW_NUMBERS},
    "customer": {Can.VIEW_ALL_CUSTOMERS},
    "colleague": {Can.VIEW_USERS, Can.VIEW_NUMBERS},
    "key": {Can.VIEW_AUDIT},
    "audit": {Can.VIEW_AUDIT},
    "error": {Can.VIEW_ERRORS},
}
# What takes more than a look. Colleagues take none: whoever sees a chat is told who else does.
NEEDED = {"qr": Level.MANAGE}


@dataclass(frozen=True, slots=True)
class Canary:
    """One planted word, or bytes that stand for it."""

    number: str
    kind: str
    place: str


@dataclass(slots=True)
class Canaries:
    """Everything planted: words by their text, and telling bytes such as ids and pictures."""

    words: dict[bytes, Canary] = field(default_factory=dict)
    telling: dict[bytes, Canary] = field(default_factory=dict)

    def word(self, number: str, kind: str, place: str) -> str:
        """A new word for one field."""
        text = f"zq{number}{len(self.words):03d}{kind}qz"
        self.words[text.encode()] = Canary(number, kind, place)
        return text

    def bytes_of(self, number: str, kind: str, place: str, *telling: str | bytes) -> None:
        """Let these bytes betray the number too."""
        for each in telling:
            raw = each.encode() if isinstance(each, str) else each
            self.telling[raw] = Canary(number, kind, place)

    def found_in(self, content: bytes, asked: bytes = b"") -> set[Canary]:
        """What the content betrays, apart from what the request itself held."""
        found = {
            self.words[match.group().lower()]
            for match in WORD.finditer(content)
            if match.group().lower() in self.words and match.group().lower() not in asked.lower()
        }
        return found | {
            canary
            for telling, canary in self.telling.items()
            if telling in content and telling not in asked
        }


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody, by what they may read: levels on numbers by letter, and permissions."""

    name: str
    levels: dict[str, Level] = field(default_factory=dict)
    permissions: frozenset[str] = frozenset()

    def may_read(self, canary: Canary) -> bool:
        """The whole rule, written a second time and in other words than the product's."""
        if canary.kind == "private":
            who = Canary(canary.number, "customer", canary.place)
            return Can.SEE_PRIVATE in self.permissions and self.may_read(who)
        held = self.levels.get(canary.number)
        if held is not None and held >= NEEDED.get(canary.kind, Level.VIEW):
            return True
        return bool(OPENED_BY.get(canary.kind, set()) & set(self.permissions))
