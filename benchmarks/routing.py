"""One page with and without the routing to replicas, by turns, in one process."""

import statistics
import threading
import time
from collections.abc import Callable
from unittest.mock import patch

from django.conf import settings
from django.db import connection, connections
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from mercury.db import replicas

PAIRS, WARM_UP = 200, 10
BEAT = 0.5  # seconds


def measure(fetch: Callable[[], object]) -> dict[str, float]:
    """Medians: {"ratio", "with" and "without" in ms}; "replica_queries": of one page.

    The ratio is the median over pairs of requests that followed each other, so that what else
    the machine does meanwhile weighs on both. Both run under overridden settings: measured
    against plain ones the override itself made 2 % of a page, with the same routers in both.
    """
    stopped = threading.Event()
    heart = threading.Thread(target=_beat, args=(stopped,), daemon=True)
    replicas.beat()
    heart.start()
    routed, plain = [], []
    try:
        for number in range(WARM_UP + PAIRS):
            if number % 2:
                with_routing, without = _routed(fetch), _unrouted(fetch)
            else:
                without, with_routing = _unrouted(fetch), _routed(fetch)
            if number >= WARM_UP:
                routed.append(with_routing)
                plain.append(without)
        asked = _replica_queries(fetch)
    finally:
        stopped.set()
        heart.join()
    return {
        "ratio": statistics.median(a / b for a, b in zip(routed, plain, strict=True)),
        "with": statistics.median(routed),
        "without": statistics.median(plain),
        "replica_queries": asked,
    }


def _replica_queries(fetch: Callable[[], object]) -> int:
    with CaptureQueriesContext(connections[replicas.aliases()[0]]) as captured:
        _routed(fetch)
    return len(captured)


def _routed(fetch: Callable[[], object]) -> float:
    return _milliseconds(fetch, settings.DATABASE_ROUTERS, replicas.aliases)


def _unrouted(fetch: Callable[[], object]) -> float:
    return _milliseconds(fetch, [], list)


def _milliseconds(
    fetch: Callable[[], object], routers: list[str], aliases: Callable[[], list[str]]
) -> float:
    with (
        override_settings(DATABASE_ROUTERS=routers),
        patch.object(replicas, "aliases", aliases),
    ):
        started = time.perf_counter()
        fetch()
        return (time.perf_counter() - started) * 1000


def _beat(stopped: threading.Event) -> None:
    while not stopped.wait(BEAT):
        replicas.beat()
    connection.close()
