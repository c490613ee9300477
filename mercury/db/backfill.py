"""Filling a column of a large table in batches, while the product runs (docs/migrations.md).

Between the migration that adds a column and the one that makes it strict, rows from before
have no value. A Backfill says which those are and how some of them are filled; `run` walks
them by key. What is filled is done: it may be stopped anywhere and run again.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from mercury.db.retry import retried

Rows = QuerySet[Any]


@dataclass(frozen=True, slots=True)
class Backfill:
    """One column to fill.

    `missing` gives the rows that still want it, `fill` fills the rows it gets by one UPDATE
    whose condition leaves alone what somebody filled meanwhile, and returns how many it did.
    """

    name: str
    why: str
    missing: Callable[[], Rows]
    fill: Callable[[Rows], int]


@dataclass(slots=True)
class Progress:
    """How far a run is: rows filled, batches done, the last key of the latest one."""

    filled: int = 0
    batches: int = 0
    last_key: Any = None


_known: dict[str, Backfill] = {}


def register(backfill: Backfill) -> None:
    """Make a backfill known to the command; called from AppConfig.ready."""
    _known[backfill.name] = backfill


def known() -> list[Backfill]:
    """Every registered backfill by name."""
    return [_known[name] for name in sorted(_known)]


def is_done(backfill: Backfill) -> bool:
    """True when no row wants it any more: only then may the column be made strict."""
    return not backfill.missing().order_by().exists()


def run(
    backfill: Backfill,
    *,
    size: int = 1000,
    pause: float = 0.0,
    tell: Callable[[Progress], object] = lambda progress: None,
) -> Progress:
    """Fill what is missing, `size` rows a transaction, `pause` seconds between two.

    Short transactions keep row locks short and replicas near; `pause` spares a busy server.
    """
    progress = Progress()
    keys = backfill.missing().order_by("pk").values_list("pk", flat=True)
    batch = list(keys[:size])
    while batch:
        progress.filled += _fill(backfill, batch)
        progress.batches += 1
        progress.last_key = batch[-1]
        tell(progress)
        time.sleep(pause)
        batch = list(keys.filter(pk__gt=batch[-1])[:size])
    return progress


@retried()
@transaction.atomic
def _fill(backfill: Backfill, keys: list[Any]) -> int:
    rows = backfill.missing().model._default_manager.filter(pk__in=keys)
    return backfill.fill(rows)
