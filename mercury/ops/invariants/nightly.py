"""The run over all invariants, as the schedule and `check_invariants` make it."""

import logging
import time
from collections.abc import Callable, Iterator

from audit import verification
from mercury.db.locks import Busy, named_lock
from mercury.ops.health import marks
from mercury.ops.invariants import chats, files, messages, rules, search, work
from mercury.ops.invariants.rules import Outcome, Rule

logger = logging.getLogger(__name__)

LOCK = "check_invariants"
SECONDS = 2.5 * 3600
RULES: list[Rule] = [*messages.RULES, *chats.RULES, *work.RULES, *search.RULES]

Tell = Callable[[Outcome], object]


def _nobody(_outcome: Outcome) -> None:
    """Hears of an outcome where nobody asked."""


def look(
    *,
    every_byte: bool = False,
    seconds: float | None = None,
    tell: Tell = _nobody,
    step: Tell = _nobody,
) -> list[Outcome]:
    """Look at every invariant, and leave the outcome where the health check reads it.

    `tell` hears of each as it is done, `step` how far it is. Raises Busy while another run is
    under way.
    """
    found = []
    with named_lock(LOCK):
        for outcome in _outcomes(every_byte, seconds, step):
            tell(outcome)
            found.append(outcome)
        broken = [outcome for outcome in found if outcome.violations]
        marks.report(
            marks.INVARIANTS,
            {
                "broken": sum(len(outcome.violations) for outcome in broken),
                "names": [outcome.name for outcome in broken],
                "unfinished": [outcome.name for outcome in found if not outcome.is_finished],
            },
        )
    return found


def run() -> None:
    """The nightly run: says in the log what it found, row by row."""
    try:
        found = look(seconds=SECONDS)
    except Busy:
        logger.info("the invariants are being looked at already")
        return
    for outcome in found:
        for example in outcome.examples:
            logger.error("invariant %s is broken: %s", outcome.name, example)


def _outcomes(every_byte: bool, seconds: float | None, step: Tell) -> Iterator[Outcome]:
    deadline = time.monotonic() + seconds if seconds else None
    for rule in [*RULES, files.EVERY_BYTE if every_byte else files.TONIGHT]:
        yield rules.look(rule, deadline=deadline, step=step)
    if every_byte:
        yield files.orphans()
    yield _audit_log()


def _audit_log() -> Outcome:
    report = verification.verify()
    said = dict(enumerate(report.findings, start=1))
    return Outcome("audit log", report.entries, dict(said))
