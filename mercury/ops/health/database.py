"""Health of the database: does it answer, how fast, how full, how late are its copies."""

import shutil
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mercury.db import replicas
from mercury.ops import database_probes
from mercury.ops.findings import Finding, State, broken, ok, unknown, warning, worst
from mercury.ops.models import SlowQuery
from mercury.ops.monitoring import sizes
from waha.lifecycle import partitions
from waha.models import WahaChat, WahaEvent, WahaMessage

SLOW, TOO_SLOW = 250.0, 900.0  # milliseconds; `journal` gives up after 1,000
FULL, TOO_FULL = 0.80, 0.95
LITTLE_SPACE, NO_SPACE = 1024**3, 100 * 1024**2
CROWDED = 0.80
LATELY = timedelta(minutes=10)
MIGRATED, MIGRATED_FOR = "ops:migrated", 60


def connection(alias: str) -> Finding:
    """Whether the database answers, and whether it still takes new connections."""
    started = time.monotonic()
    found = database_probes.reachable(alias)
    milliseconds = (time.monotonic() - started) * 1000
    if found.state is State.BROKEN:
        return broken("connection", found.sentence, found.mend)
    figures = {"milliseconds": round(milliseconds, 2), **_connections(connections[alias])}
    share = figures.get("connections", 0.0) / figures.get("most_connections", 1.0)
    if share >= CROWDED:
        return warning(
            "connection",
            _("%(used)d of the %(most)d connections that the server allows are in use.")
            % {"used": figures["connections"], "most": figures["most_connections"]},
            _("Raise max_connections on the server, or run fewer web and worker processes."),
            figures,
        )
    said = _("It answers in %(number)s ms.") % {"number": f"{milliseconds:.0f}"}
    return ok("connection", said, figures)


def migrations(alias: str) -> Finding:
    """Whether the database fits the code. Raises DatabaseError.

    Reading every migration costs some 50 ms, and what is applied stays so for a while.
    """
    name = f"{MIGRATED}:{alias}"
    pending = [] if cache.get(name) else database_probes.pending_migrations(alias)
    if pending:
        return broken(
            "migrations",
            ngettext(
                "The database lacks %(number)d migration of this version.",
                "The database lacks %(number)d migrations of this version.",
                len(pending),
            )
            % {"number": len(pending)},
            _("Run `python manage.py migrate`."),
            {"pending": len(pending)},
        )
    cache.set(name, True, MIGRATED_FOR)
    return ok("migrations", _("The database fits this version."), {"pending": 0})


def query_performance(alias: str) -> Finding:
    """How long the slowest of three plain look-ups takes, and what was slow of late.

    Raises DatabaseError, which over `journal` also means: more than a second.
    """
    slowest = max(_milliseconds(probe) for probe in _probes(alias))
    lately = SlowQuery.objects.using(alias).filter(last_seen_at__gte=timezone.now() - LATELY)
    kinds = lately.count()
    figures = {"milliseconds": round(slowest, 2), "slow_statements": kinds}
    page = "ops:statements"
    mend = _("The page of slow statements shows which ones; the server may also be short of CPU.")
    if slowest >= SLOW:
        sentence = _("Looking up one row by its key takes %(number)s ms.")
        tell = broken if slowest >= TOO_SLOW else warning
        said = sentence % {"number": f"{slowest:.0f}"}
        return tell("query_performance", said, mend, figures, page=page)
    if kinds:
        said = ngettext(
            "%(number)d kind of statement took longer than %(limit)d ms in the last ten minutes.",
            "%(number)d kinds of statement took longer than %(limit)d ms in the last ten minutes.",
            kinds,
        ) % {"number": kinds, "limit": settings.SLOW_QUERY_MS}
        return warning("query_performance", said, mend, figures, page=page)
    said = _("Pages' look-ups take %(number)s ms; nothing was slow in the last ten minutes.")
    return ok("query_performance", said % {"number": f"{slowest:.1f}"}, figures)


def storage_usage(alias: str) -> Finding:
    """How much the database holds, and whether there is room for more. Raises DatabaseError."""
    used = sizes.database_bytes(alias)
    figures: dict[str, float] = {"bytes": used}
    size = filesizeformat(used)
    if settings.DATABASE_MAX_BYTES:
        share = used / settings.DATABASE_MAX_BYTES
        figures["share"] = round(share, 4)
        if share >= FULL:
            tell = broken if share >= TOO_FULL else warning
            said = _("It holds %(size)s, %(share)d %% of what it may (DATABASE_MAX_BYTES).")
            said %= {"size": size, "share": share * 100}
            mend = _("Give it more room and raise DATABASE_MAX_BYTES, or archive more months.")
            return tell("storage_usage", said, mend, figures, page="ops:sizes")
    if (folder := _folder(connections[alias])) is not None:
        free = shutil.disk_usage(folder).free
        figures["free_bytes"] = free
        if free < LITTLE_SPACE:
            tell = broken if free < NO_SPACE else warning
            said = _("It holds %(size)s, and only %(free)s are free on its disk.")
            said %= {"size": size, "free": filesizeformat(free)}
            return tell("storage_usage", said, _("Make room on that disk."), figures)
    return ok("storage_usage", _("It holds %(size)s.") % {"size": size}, figures)


def replication_lag(alias: str) -> Finding:
    """How far the replicas are behind; the worst of them is told."""
    lags = {name: replicas.measure_lag(name) for name in replicas.aliases()}
    if not lags:
        return ok("replication_lag", _("There is no replica; everything reads the primary."))
    told = [_lag(name, lag) for name, lag in sorted(lags.items())]
    state = worst([finding.state for finding in told])
    first = next(finding for finding in told if finding.state is state)
    seconds = [lag for lag in lags.values() if lag != replicas.INFINITE]
    figures = {"seconds": round(max(seconds, default=0.0), 2), "away": len(lags) - len(seconds)}
    return Finding("replication_lag", state, first.sentence, first.mend, figures)


def partitions_ahead(alias: str) -> Finding:
    """Whether the coming months have partitions of their own. Raises DatabaseError."""
    if connections[alias].vendor != "mysql":
        return ok("partitions", _("SQLite has no partitions and needs none."))
    missing = partitions.missing()
    if not missing:
        return ok("partitions", _("The coming months have theirs."), {"missing": 0})
    soon = partitions.missing(1)
    tell = broken if soon else warning
    said = _("These months have no partition of their own yet: %(names)s.")
    return tell(
        "partitions",
        said % {"names": ", ".join((soon or missing)[:4])},
        _("Run `python manage.py partitions`; the schedule does it every six hours."),
        {"missing": len(missing)},
        page="ops:sizes",
    )


def skipped(name: str) -> Finding:
    """What cannot be known while the database is away."""
    return unknown(name, _("Nobody knows while the database does not answer."))


def failed(name: str, error: DatabaseError) -> Finding:
    """A look that the database cut short."""
    return broken(
        name,
        _("The database gave no answer in time: %(error)s.") % {"error": type(error).__name__},
        _("Is it overloaded, or locked by a long job? `SHOW PROCESSLIST` tells on the server."),
    )


def _connections(found: BaseDatabaseWrapper) -> dict[str, float]:
    if found.vendor != "mysql":
        return {}
    try:
        with found.cursor() as cursor:
            cursor.execute("SHOW GLOBAL STATUS LIKE 'Threads_connected'")
            used = float(cursor.fetchone()[1])
            cursor.execute("SELECT @@max_connections")
            return {"connections": used, "most_connections": float(cursor.fetchone()[0])}
    except DatabaseError:
        return {}


def _probes(alias: str) -> list[Callable[[], object]]:
    """What pages do all day: the newest chat, event and message, each by its key."""
    return [
        lambda: WahaChat.objects.using(alias).order_by("-pk").values_list("pk").first(),
        lambda: WahaEvent.objects.using(alias).order_by("-pk").values_list("pk").first(),
        lambda: WahaMessage.objects.using(alias).order_by("-pk").values_list("pk").first(),
    ]


def _milliseconds(probe: Callable[[], object]) -> float:
    started = time.monotonic()
    probe()
    return (time.monotonic() - started) * 1000


def _folder(found: BaseDatabaseWrapper) -> Path | None:
    """Where SQLite's file lies; a server's disk is its own business."""
    if found.vendor != "sqlite" or ":memory:" in str(found.settings_dict["NAME"]):
        return None
    folder = Path(str(found.settings_dict["NAME"])).parent
    return folder if folder.is_dir() else None


def _lag(name: str, lag: float) -> Finding:
    if lag == replicas.INFINITE:
        return warning(
            name,
            _("%(name)s does not answer or shows no heartbeat; reads go to the primary.")
            % {"name": name},
            _("Is it up, and does replication run (`SHOW REPLICA STATUS`)?"),
        )
    said = {"name": name, "lag": f"{lag:.0f}"}
    if lag > settings.REPLICA_MAX_LAG:
        return warning(
            name,
            _("%(name)s is %(lag)s s behind; reads go to the primary.") % said,
            _("It is read again by itself once it has caught up."),
        )
    return ok(name, _("%(name)s is %(lag)s s behind and read.") % said)
