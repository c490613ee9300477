"""Answers about what somebody may do, kept for as long as their access stays as it is.

A key names the user, `access_version` and the kind of sign-in. The version is read with the
user's row in each request and rises in the transaction of each change, so an answer of before
is never asked for again: by no process, whether Redis or the memory of one process keeps it.
A cache that was flushed or is away costs a query and changes no answer.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.core.cache import cache
from django.db import transaction

from accounts.backends import current_guard
from accounts.models import Guard, User

SECONDS = 3600
HITS, MISSES = "access:hits", "access:misses"
REPORT_SECONDS = 10.0

Answer = TypeVar("Answer")

# The newest versions this process has committed: an object that was read before asks the database.
_newest: dict[int, int] = {}


@dataclass(frozen=True, slots=True)
class Rate:
    """How often an answer was in the cache, over all processes."""

    hits: int
    misses: int

    @property
    def share(self) -> float:
        """From 0 to 1; 1 while nobody has asked."""
        return self.hits / (self.hits + self.misses) if self.hits + self.misses else 1.0

    @property
    def percent(self) -> int:
        """Whole percents, rounded down: 100 means always."""
        return int(self.share * 100)


class _Tally:
    """Counts here and reports now and then, so that counting costs no round trip a request."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = {HITS: 0, MISSES: 0}
        self._reported = time.monotonic()

    def count(self, name: str) -> None:
        with self._lock:
            self._counts[name] += 1
        if time.monotonic() - self._reported > REPORT_SECONDS:
            self.report()

    def report(self) -> None:
        """Add what was counted here to what all processes share."""
        with self._lock:
            counts, self._counts = self._counts, {HITS: 0, MISSES: 0}
            self._reported = time.monotonic()
        for name, number in counts.items():
            if number:
                _add(name, number)


_tally = _Tally()


def kept(user: User, what: str, ask: Callable[[], Answer]) -> Answer:
    """What `ask()` answers about `user`, from the cache where it may be; JSON, never None.

    Inside a transaction it always asks: what is read there may never be committed.
    """
    if transaction.get_connection().in_atomic_block or _is_outdated(user):
        return ask()
    key = _key(user, what, user.access_version, current_guard(user))
    found: Answer | None = cache.get(key)
    if found is not None:
        _tally.count(HITS)
        return found
    _tally.count(MISSES)
    answer = ask()
    cache.set(key, answer, SECONDS)
    return answer


def note_versions(versions: dict[int, int]) -> None:
    """Take note of versions that were just committed: {user id: access_version}."""
    _newest.update(versions)


def hit_rate() -> Rate:
    """How often the cache knew the answer, since it was last emptied."""
    _tally.report()
    return Rate(int(cache.get(HITS) or 0), int(cache.get(MISSES) or 0))


def _is_outdated(user: User) -> bool:
    return user.access_version < _newest.get(user.pk, 0)


def _key(user: User, what: str, version: int, guard: str | Guard) -> str:
    # created_at: a user of another database with the same number is somebody else.
    return f"access:{what}:{user.pk}:{user.created_at.timestamp()}:{version}:{guard}"


def _add(name: str, number: int) -> None:
    cache.add(name, 0, timeout=None)
    try:
        cache.incr(name, number)
    except ValueError:  # flushed between the two: a count, not an account
        return
