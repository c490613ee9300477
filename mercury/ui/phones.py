"""Phone numbers as the reader may see them: in full, or only their last digits.

The one place where numbers are masked. A request says by `shown_if` whether its user may read
them; outside a request (commands, workers, tests of words) they are whole, nobody reads there.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache

import phonenumbers

LAST = 3
DOTS = "•••"

# Seven digits or more with what people write between them; not inside a word or a longer id.
_IN_TEXT = re.compile(r"(?<!\w)([+@]?\d[\d ()./-]{5,20}\d)(?!\w)")
# In groups a person is mentioned as @447700900123.
_INTERNATIONAL = re.compile(r"(?<!\w)(\+\d[\d ()./-]{5,20}\d|@\d{7,15})(?!\w)")

_may_read: ContextVar[Callable[[], bool] | None] = ContextVar("may_read_phones", default=None)
# Digits that touch no letter, in what `_sort` makes of a text.
_ALONE = re.compile(r"(?<![dl])d+(?![dl])")


@contextmanager
def shown_if(may_read: Callable[[], bool]) -> Iterator[None]:
    """Run the block for a reader; `may_read` is asked once, when the first number comes up."""
    answers: list[bool] = []

    def asked_once() -> bool:
        if not answers:
            answers.append(may_read())
        return answers[0]

    token = _may_read.set(asked_once)
    try:
        yield
    finally:
        _may_read.reset(token)


def are_shown() -> bool:
    """Whether whoever reads now may see numbers in full."""
    may_read = _may_read.get()
    return may_read is None or may_read()


def phone(number: str) -> str:
    """Return a phone as people write it, +49 30 5550 4410, or its last digits: ••• 410."""
    written = _written(number)
    return written if are_shown() else mask(written)


def as_written(number: str) -> str:
    """Return a phone as somebody wrote it, or its last digits."""
    return number if are_shown() else mask(number)


def name(text: str) -> str:
    """Return a name, any phone in it masked for who may not see it: many names are phones."""
    return text if are_shown() else _IN_TEXT.sub(_masked, text)


def text(words: str) -> str:
    """Return what people wrote, international numbers in it masked for who may not see them.

    Only those with a plus and mentions: order numbers and amounts stay readable.
    """
    return words if are_shown() else _INTERNATIONAL.sub(_masked, words)


def may_ask(words: str) -> bool:
    """Whether names may be searched for `words`: digits of a phone would tell a hidden number.

    Digits at a letter (`Room12`, `2nd`) are no piece of a number that is masked; `Tel:+44` is.
    """
    return are_shown() or not _ALONE.search("".join(map(_sort, words)))


def _sort(char: str) -> str:
    """d for what a database may take for a digit (also `²`), l for a letter, - for all else."""
    if char.isnumeric() and not char.isalpha():
        return "d"
    return "l" if unicodedata.category(char) in {"Lu", "Ll", "Lt", "Lo"} else "-"


def mask(number: str) -> str:
    """Return the last digits alone; nothing for nothing, dots for a number too short to hide."""
    digits = re.sub(r"\D", "", number)
    if not digits:
        return ""
    return f"{DOTS} {digits[-LAST:]}" if len(digits) > LAST + 2 else DOTS


def _masked(match: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", match.group(1))
    return mask(digits) if len(digits) >= 7 else match.group(0)


@lru_cache(maxsize=4096)
def _written(number: str) -> str:
    digits = number.strip().lstrip("+")
    if not digits.isdigit():
        return number
    try:
        parsed = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return f"+{digits}"
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
