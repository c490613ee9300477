"""When not to knock: a breaker for each WAHA server, and the pauses between tries.

The breaker lives in the cache: forgetting it costs a few vain tries, no message.
"""

from datetime import timedelta

from django.core.cache import cache

from waha.models import WahaServer

FAILURES = 5
OPEN_SECONDS = 15
MEMORY_SECONDS = 300
FIRST_PAUSE, LONGEST_PAUSE = 2, 300


def pause(attempts: int, asked: float | None = None) -> timedelta:
    """How long to wait after so many tries: doubling to five minutes, or what WAHA asked for."""
    doubled = min(FIRST_PAUSE * 2 ** min(max(attempts - 1, 0), 16), LONGEST_PAUSE)
    return timedelta(seconds=min(max(doubled, asked or 0), 3600))


def failed(server_id: int) -> None:
    """Note that a server could not be reached; after a few in a row it is left alone a while.

    The first try after that decides: one more failure opens the breaker again at once.
    """
    failures = int(cache.get(_count(server_id)) or 0) + 1
    cache.set(_count(server_id), failures, MEMORY_SECONDS)
    if failures >= FAILURES:
        cache.set(_open(server_id), 1, OPEN_SECONDS)


def succeeded(server_id: int) -> None:
    """Note that a server answered, whatever it said."""
    cache.delete_many([_count(server_id), _open(server_id)])


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
