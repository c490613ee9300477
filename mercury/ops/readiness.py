"""What has to be well before requests are sent to a process."""

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError

from mercury.ops import database_probes, service_probes
from mercury.ops.findings import State

MIGRATED = "ops:migrated"
SECONDS = 60


def checks() -> dict[str, bool]:
    """Each check and whether it is well: database, migrations, redis where one is set.

    The database is asked through `journal`, whose timeouts are one second: a probe that hangs
    tells a load balancer nothing.
    """
    found = {"database": database_probes.reachable("journal").state is State.OK}
    found["migrations"] = found["database"] and _migrated()
    if settings.REDIS_URL:
        found["redis"] = service_probes.redis_server().state is not State.BROKEN
    return found


def _migrated() -> bool:
    # Reading every migration file costs some 50 ms; what is applied stays applied for a while.
    if cache.get(MIGRATED):
        return True
    try:
        migrated = not database_probes.pending_migrations()
    except DatabaseError:
        return False
    if migrated:
        cache.set(MIGRATED, True, SECONDS)
    return migrated
