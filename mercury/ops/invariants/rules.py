"""A rule over rows: which are walked, and what is wrong with some of them."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

CHUNK = 1000
MOST = 20
"""Rows that are named one by one; all are counted."""

ENOUGH = 50_000
"""Suspects after which a rule looks no further: they are held in memory, and say it all."""

PAUSE = 2.0
"""Seconds before what looked wrong is looked at again: a change may have been under way."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One invariant: `wrong` takes keys of rows and says what is wrong with which.

    `key` is a unique column of `rows`, by which they are walked in portions.
    """

    name: str
    words: str
    rows: Callable[[], "QuerySet[Any]"]
    wrong: Callable[[list[Any]], dict[Any, str]]
    key: str = "pk"
    chunk: int = CHUNK


@dataclass(slots=True)
class Outcome:
    """What a rule found: rows looked at, and those wrong twice with what is wrong.

    Not finished: the run was out of time, or so much is wrong that it looked no further.
    """

    name: str
    looked_at: int = 0
    violations: dict[Any, str] = field(default_factory=dict)
    is_finished: bool = True

    @property
    def examples(self) -> list[str]:
        return [f"{key}: {words}" for key, words in list(self.violations.items())[:MOST]]


Step = Callable[[Outcome], object]


def look(
    rule: Rule, *, deadline: float | None = None, step: Step = lambda outcome: None
) -> Outcome:
    """Walk the rows of a rule, and look at what seems wrong a second time.

    `deadline` is a time.monotonic(); after it the outcome is not finished. `step` hears how far
    it is after every portion. Memory is bounded by ENOUGH. Holds no lock.
    """
    outcome = Outcome(rule.name)
    suspects: list[Any] = []
    for keys in portions(rule):
        outcome.looked_at += len(keys)
        suspects += rule.wrong(keys)
        step(outcome)
        is_late = deadline is not None and time.monotonic() > deadline
        if is_late or len(suspects) >= ENOUGH:
            outcome.is_finished = False
            break
    if suspects:
        time.sleep(PAUSE)
    for start in range(0, len(suspects), rule.chunk):
        outcome.violations |= rule.wrong(suspects[start : start + rule.chunk])
    return outcome


def portions(rule: Rule) -> Iterator[list[Any]]:
    """The keys of a rule's rows, rising, a portion at a time."""
    rows = rule.rows().order_by(rule.key).values_list(rule.key, flat=True)
    keys = list(rows[: rule.chunk])
    while keys:
        yield keys
        keys = list(rows.filter(**{f"{rule.key}__gt": keys[-1]})[: rule.chunk])
