"""What a look at the set-up found: one thing, how it is, and how to mend it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class State(StrEnum):
    """How one thing is: `warning` works, but not for long or not as it should."""

    OK = "ok"
    UNKNOWN = "unknown"
    WARNING = "warning"
    BROKEN = "broken"


ORDER = list(State)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, in words for the person who runs the installation.

    `figures` are plain numbers for charts and Prometheus, their unit in the name; `page` is the
    path of the page where it is mended, if there is one.
    """

    name: str
    state: State
    sentence: str
    mend: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)
    page: str = ""


Figures = Mapping[str, float]
NONE: Figures = {}


def ok(name: str, sentence: str, figures: Figures = NONE) -> Finding:
    return Finding(name, State.OK, sentence, figures=figures)


def warning(
    name: str, sentence: str, mend: str, figures: Figures = NONE, *, page: str = ""
) -> Finding:
    return Finding(name, State.WARNING, sentence, mend, figures, page)


def broken(
    name: str, sentence: str, mend: str, figures: Figures = NONE, *, page: str = ""
) -> Finding:
    return Finding(name, State.BROKEN, sentence, mend, figures, page)


def unknown(name: str, sentence: str) -> Finding:
    return Finding(name, State.UNKNOWN, sentence)


def worst(states: list[State]) -> State:
    """The worst of several; ok when there are none."""
    return max(states, key=ORDER.index, default=State.OK)
