"""One way from events to rows, for webhooks and for what is read over REST."""

from waha.inbound.apply.origin import Origin
from waha.inbound.apply.outcome import DONE, Done, Later, LeftOut, Outcome, Parked
from waha.inbound.apply.router import apply_events
from waha.inbound.apply.tally import StaleBatch

__all__ = [
    "DONE",
    "Done",
    "Later",
    "LeftOut",
    "Origin",
    "Outcome",
    "Parked",
    "StaleBatch",
    "apply_events",
]
