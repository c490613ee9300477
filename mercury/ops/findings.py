"""What a look at the set-up found: one thing, how it is, and how to mend it."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How one thing is: `warning` works, but not for long or not as it should."""

    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, in words for the person who runs the installation."""

    name: str
    state: State
    sentence: str
    mend: str = ""


def ok(name: str, sentence: str) -> Finding:
    return Finding(name, State.OK, sentence)


def warning(name: str, sentence: str, mend: str) -> Finding:
    return Finding(name, State.WARNING, sentence, mend)


def broken(name: str, sentence: str, mend: str) -> Finding:
    return Finding(name, State.BROKEN, sentence, mend)
