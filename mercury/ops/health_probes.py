"""What the doctor takes over from the health check, and whether /ops/ may read the server."""

from collections.abc import Iterator

from django.db import connections

from mercury.ops.findings import Finding, State, ok, warning
from mercury.ops.health import marks, work
from mercury.ops.monitoring import statements
from mercury.ops.monitoring.answers import Answer

RIGHTS = "Somebody who may grant rights runs: {mend}"


def schedule() -> Iterator[Finding]:
    """Whether the schedule runs, and whether both queues' workers take tasks.

    What has never run is a warning: a set-up may be looked at before its first start.
    """
    now, said = marks.database_now(), marks.read()
    for name, probe, needed in (
        ("schedule", work.schedule, {marks.SCHEDULE}),
        ("queues", work.workers, {marks.WORKER, marks.DRAIN}),
    ):
        found = probe(marks.ALIAS, now, said)
        if found.state is State.BROKEN and not needed & set(said):
            yield warning(name, found.sentence, found.mend)
        else:
            yield Finding(name, found.state, found.sentence, found.mend)


def consistency() -> Finding:
    """What the nightly look at the rows found."""
    found = work.consistency(marks.ALIAS, marks.database_now(), marks.read())
    if found.state is State.UNKNOWN:
        return ok("consistency", found.sentence)
    return found


def monitoring_rights() -> Finding:
    """Whether the database user may read what the pages of /ops/ show."""
    if connections["default"].vendor != "mysql":
        return ok("monitoring", "SQLite needs no rights for it.")
    denied = [each for each in _asked() if each.mend.startswith("GRANT")]
    if denied:
        mend = " ".join(sorted({each.mend for each in denied}))
        return warning(
            "monitoring",
            f"{denied[0].reason[:-1]}: /ops/ cannot show why the database is slow.",
            RIGHTS.format(mend=mend),
        )
    return ok("monitoring", "/ops/ may read what the server counts and logs.")


def _asked() -> list[Answer[statements.Statement]]:
    return [statements.digests(limit=1), statements.logged()]
