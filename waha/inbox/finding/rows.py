"""Words as they are looked for in names, and a row for what goes by such a name."""

import re
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q

from mercury import words
from mercury.ui import phones
from waha.inbox.finding.marks import Piece, pieces
from waha.inbox.numbers import Number
from waha.search.query import Query, Term

LEAST_DIGITS = 3
MOST_WORDS = 6
LONGEST_SPELT = 40  # letters of a word whose other spellings are looked for


@dataclass(frozen=True, slots=True)
class Row:
    """Something found by its name; no `url` where it has no page yet."""

    name: list[Piece]
    url: str = ""
    label: str = ""
    hue: int = 0
    icon: str = ""
    detail: list[Piece] | None = None
    number: Number | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """The words of a query as they are looked for in names and phones."""

    words: tuple[str, ...]
    digits: str
    terms: tuple[Term, ...]

    @classmethod
    def of(cls, query: Query) -> "Named | None":
        """None when there is nothing to look for, or the query asks for messages alone.

        Whoever may not see phones finds nothing by digits: the answers would tell them.
        """
        typed = " ".join(query.typed).split()[:MOST_WORDS]
        if not typed or query.is_narrowed:
            return None
        text = "".join(typed)
        digits = "".join(char for char in text if char.isdecimal())
        if not phones.may_ask(" ".join(typed)):
            return None
        only_digits = len(digits) >= LEAST_DIGITS and not any(map(str.isalpha, text))
        return cls(
            tuple(typed),
            words.fold(digits) if only_digits and phones.are_shown() else "",
            query.positive,
        )

    def q(self, *columns: str) -> Q:
        """Every word in one of the columns."""
        found = Q()
        for word in self.words:
            either = Q()
            for column in columns:
                either |= self._spelt(column, word)
            found &= either
        return found

    def _spelt(self, column: str, word: str) -> Q:
        """The word in a column; other spellings of it cost more, so only where there are some."""
        plain = Q(**{f"{column}__icontains": word})
        folds_itself = connection.vendor == "mysql" and word.isascii()
        if folds_itself or not any(map(str.isalpha, word)) or len(word) > LONGEST_SPELT:
            return plain
        return plain | Q(**{f"{column}__iregex": words.pattern_of(word)})

    def marked(self, text: str) -> list[Piece]:
        """A name with what was found in it, inside its words too."""
        found = pieces(text, self.terms)
        if any(piece.hit for piece in found):
            return found
        wanted = re.compile("|".join(map(words.pattern_of, self.words)), re.IGNORECASE)
        parts = wanted.split(text), [*wanted.findall(text), ""]
        both = [(Piece(said), Piece(hit, hit=True)) for said, hit in zip(*parts, strict=True)]
        return [piece for pair in both for piece in pair if piece.text]
