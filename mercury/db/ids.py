"""Row ids that we make ourselves: 64 bits of milliseconds and chance."""

import secrets
import threading
import time

EPOCH_MS = 1_230_768_000_000  # 2009-01-01, before WhatsApp's first message
RANDOM_BITS = 22

_lock = threading.Lock()
_last = 0


def new_id() -> int:
    """An id no other process makes: milliseconds since 2009 in 41 bits, then 22 random ones.

    Rising within a process, so that rows made in a batch keep their order. MySQL returns no
    keys from a bulk insert and shards must not collide, hence not AUTO_INCREMENT.
    """
    global _last
    milliseconds = time.time_ns() // 1_000_000 - EPOCH_MS
    candidate = (milliseconds << RANDOM_BITS) | secrets.randbits(RANDOM_BITS)
    with _lock:
        _last = candidate if candidate > _last else _last + 1 + secrets.randbits(6)
        return _last
