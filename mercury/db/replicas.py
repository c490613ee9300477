"""The read replicas: which of them are up and close enough behind the primary.

The schedule writes a heartbeat on the primary each second; a replica's lag is the age of the
one it shows. Without a fresh heartbeat no replica is trusted and all reads go to the primary.
"""

import logging
import random
import threading
import time
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, connections
from django.utils import timezone

from mercury.db.models import ReplicationHeartbeat

logger = logging.getLogger(__name__)

CHECK_EVERY = 1.0  # seconds between two looks at a healthy replica, per process
LEAVE_OUT = 5.0  # seconds that one which failed is left alone
INFINITE = float("inf")


@dataclass(slots=True)
class Replica:
    """What this process knows of one replica."""

    alias: str
    lag: float = INFINITE  # seconds
    checked_at: float = 0.0
    down_until: float = 0.0

    def usable(self) -> bool:
        """True when the replica may be read now; asks it when the last answer is old."""
        now = time.monotonic()
        if now < self.down_until:
            return False
        if now - self.checked_at >= CHECK_EVERY:
            self.checked_at = now
            self.lag = measure_lag(self.alias)
            if self.lag == INFINITE:
                self.down_until = now + LEAVE_OUT
        return self.lag <= settings.REPLICA_MAX_LAG

    def fail(self) -> None:
        """Leave the replica out for a while after an error."""
        self.down_until = time.monotonic() + LEAVE_OUT
        self.checked_at = 0.0


_replicas: dict[str, Replica] = {}
_lock = threading.Lock()


def aliases() -> list[str]:
    """The configured replicas: replica_1, replica_2, ..."""
    return [alias for alias in settings.DATABASES if alias.startswith("replica_")]


def known() -> list[Replica]:
    """What this process knows of each replica."""
    with _lock:
        for alias in aliases():
            _replicas.setdefault(alias, Replica(alias))
        return list(_replicas.values())


def choose(before: str = "") -> str | None:
    """A healthy replica by chance, `before` if that is one, or None: then the primary is read."""
    candidates = known()
    random.shuffle(candidates)
    candidates.sort(key=lambda replica: replica.alias != before)
    for replica in candidates:
        if replica.usable():
            return replica.alias
    return None


def leave_out(alias: str) -> None:
    """Stop reading `alias` for some seconds, after a query on it failed."""
    for replica in known():
        if replica.alias == alias:
            replica.fail()
    connections[alias].close()


def measure_lag(alias: str) -> float:
    """Seconds that `alias` is behind the primary; infinite when it is down or has no heartbeat."""
    try:
        beat = ReplicationHeartbeat.objects.using(alias).filter(pk=1).values_list("at").first()
    except DatabaseError as error:
        logger.warning("%s is left out: %s", alias, type(error).__name__)
        connections[alias].close()
        return INFINITE
    return max((timezone.now() - beat[0]).total_seconds(), 0.0) if beat else INFINITE


def beat() -> None:
    """Write the heartbeat on the primary; does nothing without replicas."""
    if aliases():
        ReplicationHeartbeat.objects.using("default").update_or_create(
            pk=1, defaults={"at": timezone.now()}
        )
