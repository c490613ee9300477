"""Which reads may come from a replica: for the length of a request, task or block.

Reads come from the primary unless something opens the replicas; a write closes them again for
the rest of the request, so that nobody misses what they have just done.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

PRIMARY = "default"


@dataclass(slots=True)
class Reading:
    """Where the current request, task or block reads, and whether it has written.

    `alias` is the replica it began on: one page shows one moment, not a bit of each replica.
    """

    replicas: bool = False
    forced: bool = False
    wrote: bool = False
    alias: str = ""


_reading: ContextVar[Reading | None] = ContextVar("reading", default=None)


def current() -> Reading:
    """How the running code reads; a fresh one, on the primary, outside of any block."""
    return _reading.get() or Reading()


@contextmanager
def _block(reading: Reading) -> Iterator[Reading]:
    token = _reading.set(reading)
    try:
        yield reading
    finally:
        _reading.reset(token)


@contextmanager
def on_primary() -> Iterator[None]:
    """Read the primary in this block: claims, permission checks, what a live update fetches.

    Also a decorator: `@on_primary()` over a view.
    """
    with _block(Reading(replicas=False, forced=True)) as inner:
        yield
    _note(inner)


@contextmanager
def on_replica() -> Iterator[None]:
    """Read a replica in this block even after a write: reports that bear being late."""
    with _block(Reading(replicas=True, forced=True)) as inner:
        yield
    _note(inner)


@contextmanager
def reading(*, replicas: bool) -> Iterator[Reading]:
    """The block of one request: replicas until the first write, if `replicas`."""
    with _block(Reading(replicas=replicas)) as inner:
        yield inner


def note_write() -> None:
    """Remember that this block wrote; called by the router."""
    inner = _reading.get()
    if inner is not None:
        inner.wrote = True
        if not inner.forced:
            inner.replicas = False


def _note(inner: Reading) -> None:
    if inner.wrote:
        note_write()
