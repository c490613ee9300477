"""Asks for a drain after a webhook, without making the webhook wait for the broker."""

import threading
import time

from mercury import celery

INTERVAL = 0.05
"""Seconds between hints of one process: one drain takes all that came meanwhile."""

SLOW = 0.1
SLOW_INTERVAL = 5.0

_lock = threading.Lock()
_next_at = 0.0
_timer: threading.Timer | None = None


def drain() -> None:
    """Hint now, or once at the end of the interval for all who ask within it.

    A hint that takes long (the broker is away) widens the interval; the sweeper drains
    meanwhile. Without an interval, as in tests, every call hints at once.
    """
    global _timer
    if INTERVAL and time.monotonic() < _next_at:
        with _lock:
            if _timer is None:
                _timer = threading.Timer(max(_next_at - time.monotonic(), 0), _send_late)
                _timer.daemon = True
                _timer.start()
        return
    _send()


def _send_late() -> None:
    global _timer
    with _lock:
        _timer = None
    _send()


def _send() -> None:
    global _next_at
    began = time.monotonic()
    _next_at = began + INTERVAL  # before sending: others need not wait for us
    celery.send_hint("drain")
    ended = time.monotonic()
    _next_at = ended + (SLOW_INTERVAL if ended - began > SLOW else INTERVAL)
