"""What somebody typed into the search box, understood: words, exact words, and operators.

Whatever comes in, something comes out: what makes no sense as an operator is a word like others.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from mercury import words
from waha.models import MessageType
from waha.models.message import MEDIA_TYPES

LONGEST = 300  # characters; nobody means more
MOST_TERMS = 12

_PIECE = re.compile(
    r'(?P<minus>-?)(?:(?P<operator>from|in|has|type|before|after):)?'
    r'(?:"(?P<quoted>[^"]*)"?|(?P<plain>[^\s"]+))',
    re.IGNORECASE,
)  # fmt: skip
_HAS = {
    "file": frozenset(MEDIA_TYPES) - {MessageType.STICKER},
    "photo": frozenset({MessageType.IMAGE}),
    "audio": frozenset({MessageType.AUDIO, MessageType.VOICE}),
    "media": frozenset({MessageType.IMAGE, MessageType.VIDEO}),
}
_ME = {"me", "us"}
_THEM = {"them", "customer"}


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand next to each other, folded; the last may go on unless `exact`."""

    words: tuple[str, ...]
    exact: bool = False
    negated: bool = False

    @property
    def needle(self) -> str:
        """What the stored words hold where the term is found."""
        coded = [words.code(word) for word in self.words]
        *before, last = coded
        start = [words.whole(word) for word in before]
        if self.exact:
            return f" {' '.join([*start, words.whole(last)])} "
        return f" {' '.join([*start, last])}"

    @property
    def looked_up(self) -> list[tuple[str, bool]]:
        """(coded word, whether it may go on), for a word index."""
        *before, last = [words.code(word) for word in self.words]
        found = [(words.whole(word), False) for word in before]
        found.append((words.whole(last), False) if self.exact else (last, True))
        return found


@dataclass(frozen=True, slots=True)
class Query:
    """Everything asked for. `typed` are the words without operators, for other things' names."""

    text: str = ""
    typed: tuple[str, ...] = ()
    terms: tuple[Term, ...] = ()
    from_me: bool | None = None
    senders: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    types: frozenset[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    number: int | None = None
    chat: int | None = None
    misread: tuple[str, ...] = field(default=())

    @property
    def positive(self) -> tuple[Term, ...]:
        return tuple(term for term in self.terms if not term.negated)

    @property
    def is_narrowed(self) -> bool:
        """Whether it asks for something that only messages have."""
        narrowed = (self.from_me, self.types, self.since, self.until, self.number, self.chat)
        return any(each is not None for each in narrowed) or bool(
            self.senders or self.places or any(term.negated or term.exact for term in self.terms)
        )

    @property
    def asks(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self.positive or self.senders or self.places or self.is_narrowed)


def parse(text: str) -> Query:
    """Read what was typed."""
    query = Query(text=_cleaned(text))
    for match in _PIECE.finditer(query.text):
        query = _operator(query, match) or _with_word(query, match)
    return query


def narrowed(query: Query, **filters: Any) -> Query:
    """The query with what was chosen beside the box; what is None there stays as typed."""
    return replace(query, **{name: value for name, value in filters.items() if value is not None})


def day(text: str) -> date | None:
    """A day as people type it: 2026-03-31, 31.3.2026, 2026-03 or 2026."""
    if match := re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text, re.ASCII):
        parts = match[3], match[2], match[1]
    elif match := re.fullmatch(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", text, re.ASCII):
        parts = match[1], match[2] or "1", match[3] or "1"
    else:
        return None
    try:
        return date(*(int(part) for part in parts))
    except ValueError:
        return None


def start_of(found: date) -> datetime | None:
    """The first moment of a day where the user is, in UTC."""
    if not 1970 < found.year < 9000:
        return None
    return timezone.make_aware(datetime.combine(found, time())).astimezone(UTC)


def _cleaned(text: str) -> str:
    """One line of at most LONGEST characters that every database takes."""
    text = text[: 4 * LONGEST].replace("\x00", " ").encode("utf-8", "ignore").decode()
    return " ".join(text.split())[:LONGEST]


def _operator(query: Query, match: re.Match[str]) -> Query | None:
    """The query with an operator's meaning in it; None when it is not one."""
    name, value = (match["operator"] or "").lower(), match["quoted"] or match["plain"] or ""
    if not name or not value:
        return None
    if name == "from":
        return _from(query, value)
    if name == "in":
        return replace(query, places=(*query.places, value))
    if name in {"has", "type"}:
        kind = value.lower()
        types = _HAS.get(kind) or (
            frozenset({MessageType(kind)}) if kind in MessageType.values else None
        )
        return replace(query, types=types) if types else None
    found = day(value)
    at = start_of(found) if found else None
    if at is None:
        return replace(query, misread=(*query.misread, match.group()))
    if name == "before":
        return replace(query, until=at)
    return replace(query, since=at + timedelta(days=1))


def _from(query: Query, value: str) -> Query:
    if value.lower() in _ME | _THEM:
        return replace(query, from_me=value.lower() in _ME)
    return replace(query, senders=(*query.senders, value))


def _with_word(query: Query, match: re.Match[str]) -> Query:
    if len(query.terms) >= MOST_TERMS:
        return query
    quoted, plain = match["quoted"], match["plain"]
    text = quoted if quoted is not None else plain or ""
    if match["operator"]:
        text = f"{match['operator']} {text}"
    found = tuple(words.split(text, asked=True))
    if not found:
        return query
    term = Term(found, exact=quoted is not None, negated=bool(match["minus"]))
    typed = query.typed if term.negated else (*query.typed, text)
    return replace(query, terms=(*query.terms, term), typed=typed)


def names_of(texts: tuple[str, ...]) -> Iterator[Term]:
    """Terms that find a sender by the beginning of each word of a name."""
    for text in texts:
        for word in words.split(text, asked=True):
            yield Term((word,))
