"""What became of one event."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Done:
    """Applied, or nothing to apply."""


@dataclass(frozen=True, slots=True)
class Parked:
    """Waits for the message with this raw id."""

    waiting_for: str


@dataclass(frozen=True, slots=True)
class Later:
    """To be tried again in so many seconds, which is no failure."""

    seconds: float


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Not taken in, and its body is not kept either: it is of a person who was erased since."""


Outcome = Done | Parked | Later | LeftOut

DONE = Done()
