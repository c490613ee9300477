"""When not to knock: a breaker for each WAHA server, and the pauses between tries.

The breaker lives in the cache: forgetting it costs a few vain tries, no message.
"""

from datetime import timedelta

from django.core.cache import cache

from waha.models import WahaServer

FAILURES = 5
# How long a server is left alone: 15 s, then 30, then a minute each time.
FIRST_REST, LONGEST_REST = 15, 60
MEMORY_SECONDS = 900
PROBE_SECONDS = 25
"""Longer than the client's limits: so long one try may take that decides for all."""

FIRST_PAUSE, LONGEST_PAUSE = 2, 300


def pause(attempts: int, asked: float | None = None) -> timedelta:
    """How long to wait after so many tries: doubling to five minutes, or what WAHA asked for."""
    doubled = min(FIRST_PAUSE * 2 ** min(max(attempts - 1, 0), 16), LONGEST_PAUSE)
    return timedelta(seconds=min(max(doubled, asked or 0), 3600))


def failed(server_id: int) -> None:
    """Note that a server could not be reached; after a few in a row it is left alone a while.

    The one try after that decides: a failure opens the breaker again at once, for longer.
    """
    failures = int(cache.get(_count(server_id)) or 0) + 1
    cache.set(_count(server_id), failures, MEMORY_SECONDS)
    if failures >= FAILURES:
        rests = min(failures - FAILURES, 16)
        cache.set(_open(server_id), 1, min(FIRST_REST * 2**rests, LONGEST_REST))
        cache.delete(_probe(server_id))


def succeeded(server_id: int) -> None:
    """Note that a server answered, whatever it said."""
    cache.delete_many([_count(server_id), _open(server_id), _probe(server_id)])


def may_try(server_id: int) -> bool:
    """Whether to knock now. After a rest only one worker does, and the others wait for it."""
    known = cache.get_many([_count(server_id), _open(server_id)])
    if _open(server_id) in known:
        return False
    if int(known.get(_count(server_id)) or 0) < FAILURES:
        return True
    return bool(cache.add(_probe(server_id), 1, PROBE_SECONDS))


def not_tried(server_id: int) -> None:
    """Let another worker make the one try: whoever might did not come to knock."""
    cache.delete(_probe(server_id))


def is_resting(server_id: int) -> bool:
    """True while a server is left alone."""
    return cache.get(_open(server_id)) is not None


def resting() -> list[int]:
    """The servers that are left alone now."""
    servers = list(WahaServer.objects.values_list("pk", flat=True))
    found = cache.get_many([_open(pk) for pk in servers])
    return [pk for pk in servers if _open(pk) in found]


def _count(server_id: int) -> str:
    return f"breaker:{server_id}:failures"


def _open(server_id: int) -> str:
    return f"breaker:{server_id}:open"


def _probe(server_id: int) -> str:
    return f"breaker:{server_id}:probe"
