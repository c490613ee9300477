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


Outcome = Done | Parked | Later

DONE = Done()
