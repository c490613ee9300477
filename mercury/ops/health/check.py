"""The one check of everything, which /readyz, `healthcheck`, /ops/ and /metrics all tell."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.db import DatabaseError, connections
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mercury.ops.findings import Finding, State, worst
from mercury.ops.health import database, machine, marks, work

TITLES: dict[str, str | Promise] = {
    "connection": _("Database"),
    "migrations": _("Database and version"),
    "query_performance": _("Speed of queries"),
    "storage_usage": _("Room in the database"),
    "replication_lag": _("Replicas"),
    "partitions": _("Months ahead"),
    "redis": _("Redis"),
    "search": _("Search"),
    "workers": _("Workers"),
    "schedule": _("Schedule"),
    "incoming_events": _("Messages coming in"),
    "outgoing_messages": _("Messages going out"),
    "waha_servers": _("WAHA servers"),
    "numbers": _("Numbers"),
    "disk": _("Disk"),
    "consistency": _("Consistency"),
}
"""Every check by its key, in the order people read them."""

OF_DATABASE: dict[str, Callable[[str], Finding]] = {
    "migrations": database.migrations,
    "query_performance": database.query_performance,
    "storage_usage": database.storage_usage,
    "replication_lag": database.replication_lag,
    "partitions": database.partitions_ahead,
}
OF_WORK: dict[str, Callable[[str, datetime, work.Marks], Finding]] = {
    "workers": work.workers,
    "schedule": work.schedule,
    "incoming_events": work.incoming_events,
    "outgoing_messages": work.outgoing_messages,
    "waha_servers": work.waha_servers,
    "numbers": work.numbers,
    "consistency": work.consistency,
}
OF_MACHINE: dict[str, Callable[[], Finding]] = {
    "redis": machine.redis_server,
    "search": machine.search_server,
    "disk": machine.disk,
}


class DatabaseHealthCheck:
    """Looks at everything through `journal`, whose timeouts are a second: a sick database is
    told at once instead of waited for.
    """

    def __init__(self, using: str = marks.ALIAS) -> None:
        self.using = using

    def check(self) -> dict[str, Finding]:
        """Every check by its key; never raises and changes nothing."""
        found = {"connection": database.connection(self.using)}
        found |= {name: probe() for name, probe in OF_MACHINE.items()}
        if found["connection"].state is State.BROKEN:
            found |= {name: database.skipped(name) for name in {**OF_DATABASE, **OF_WORK}}
        else:
            found |= self._look()
        return {name: found[name] for name in TITLES}

    def _look(self) -> dict[str, Finding]:
        found = {
            name: self._asked(name, partial(probe, self.using))
            for name, probe in OF_DATABASE.items()
        }
        if found["migrations"].state is not State.OK:
            # Tables may be missing; what they would say is beside the point.
            return found | {name: database.skipped(name) for name in OF_WORK}
        try:
            now, said = marks.database_now(self.using), marks.read(self.using)
        except DatabaseError as error:
            self._let_go()
            return found | {name: database.failed(name, error) for name in OF_WORK}
        return found | {
            name: self._asked(name, partial(probe, self.using, now, said))
            for name, probe in OF_WORK.items()
        }

    def _asked(self, name: str, probe: Callable[[], Finding]) -> Finding:
        try:
            return probe()
        except DatabaseError as error:
            self._let_go()
            return database.failed(name, error)

    def _let_go(self) -> None:
        """Close a connection that timed out: what it still answers belongs to no question."""
        connection = connections[self.using]
        if not connection.in_atomic_block:
            connection.close()


def overall(found: dict[str, Finding]) -> State:
    """The worst state of all."""
    return worst([finding.state for finding in found.values()])
