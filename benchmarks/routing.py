"""One page with and without the routing to replicas, by turns, in one process."""

import statistics
import threading
import time
from collections.abc import Callable
from unittest.mock import patch

from django.db import connection
from django.test import override_settings

from mercury.db import replicas

PAIRS, WARM_UP = 200, 10
BEAT = 0.5  # seconds


def measure(fetch: Callable[[], object]) -> dict[str, float]:
    """Medians: {"ratio", "with" and "without" in ms}; "from_replica": 1 when one was read.

    The ratio is the median over pairs of requests that followed each other, so that what else
    the machine does meanwhile weighs on both.
    """
    stopped = threading.Event()
    heart = threading.Thread(target=_beat, args=(stopped,), daemon=True)
    replicas.beat()
    heart.start()
    routed, plain = [], []
    try:
        for number in range(WARM_UP + PAIRS):
            if number % 2:
                with_routing, without = _milliseconds(fetch), _unrouted(fetch)
            else:
                without, with_routing = _unrouted(fetch), _milliseconds(fetch)
            if number >= WARM_UP:
                routed.append(with_routing)
                plain.append(without)
        used = replicas.choose()
    finally:
        stopped.set()
        heart.join()
    return {
        "ratio": statistics.median(a / b for a, b in zip(routed, plain, strict=True)),
        "with": statistics.median(routed),
        "without": statistics.median(plain),
        "from_replica": float(used is not None),
    }


def _unrouted(fetch: Callable[[], object]) -> float:
    with override_settings(DATABASE_ROUTERS=[]), patch.object(replicas, "aliases", list):
        return _milliseconds(fetch)


def _milliseconds(fetch: Callable[[], object]) -> float:
    started = time.perf_counter()
    fetch()
    return (time.perf_counter() - started) * 1000


def _beat(stopped: threading.Event) -> None:
    while not stopped.wait(BEAT):
        replicas.beat()
    connection.close()
