"""Slow statements: what the server itself counts and logs, and what we captured."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone
from django.utils.translation import gettext as _

from mercury.ops.models import SlowQuery
from mercury.ops.monitoring.answers import Answer, ask, is_mariadb, refusal, value
from mercury.ops.monitoring.sql_text import in_words, without_values

MOST = 30
LOGGED = 500
"""Lines of the slow log that are read and put together by kind."""

PICOSECONDS = 1e9  # in a millisecond

# Not what making the tables took, nor what these very pages ask.
DIGESTS = """
    SELECT digest_text, count_star, sum_timer_wait, max_timer_wait, sum_rows_examined,
           sum_rows_sent, sum_no_index_used, last_seen
      FROM performance_schema.events_statements_summary_by_digest
     WHERE schema_name = DATABASE() AND LOCATE('_schema', digest_text) = 0
       AND LEFT(digest_text, 6) IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'REPLAC')
     ORDER BY {order} DESC LIMIT {limit}
"""
SLOW_LOG = """
    SELECT start_time, TIME_TO_SEC(query_time) + MICROSECOND(query_time) / 1e6, rows_sent,
           rows_examined, LEFT(sql_text, 4000)
      FROM mysql.slow_log
     WHERE db = DATABASE() AND start_time > NOW() - INTERVAL 1 DAY
     ORDER BY start_time DESC LIMIT %s
"""
DIGESTS_GRANT, LOG_GRANT = "SELECT ON performance_schema.*", "SELECT ON mysql.slow_log"


@dataclass(slots=True)
class Statement:
    """One kind of statement: how often, how long (milliseconds), over how many rows."""

    text: str
    count: int
    total_ms: float
    max_ms: float
    examined: int = 0
    sent: int = 0
    without_index: int = 0
    place: str = ""
    last_seen: datetime | None = None

    @property
    def words(self) -> str:
        return in_words(self.text)

    @property
    def mean_ms(self) -> float:
        return self.total_ms / self.count if self.count else 0.0

    @property
    def examined_each(self) -> float:
        return self.examined / self.count if self.count else 0.0


def captured(days: int = 7) -> list[Statement]:
    """What our own pages and tasks met, the costliest first."""
    since = timezone.now() - timedelta(days=days)
    rows = SlowQuery.objects.filter(last_seen_at__gte=since).order_by("-total_ms")[:MOST]
    return [
        Statement(
            row.statement,
            row.count,
            row.total_ms,
            row.max_ms,
            place=row.place,
            last_seen=row.last_seen_at,
        )
        for row in rows
    ]


def digests(*, order: str = "sum_timer_wait", limit: int = MOST) -> Answer[Statement]:
    """What the server counted since it started, by kind of statement."""
    connection = connections[DEFAULT_DB_ALIAS]
    if (reason := _without_schema(connection)) is not None:
        return reason
    try:
        rows = ask(connection, DIGESTS.format(order=order, limit=limit))
    except DatabaseError as error:
        return refusal(error, connection, DIGESTS_GRANT)
    return Answer(
        [
            Statement(
                str(text), int(count), float(total) / PICOSECONDS, float(longest) / PICOSECONDS,
                int(examined), int(sent), int(without), last_seen=_aware(seen),
            )
            for text, count, total, longest, examined, sent, without, seen in rows
        ]
    )  # fmt: skip


def logged() -> Answer[Statement]:
    """What the server's own slow log holds of the last day, put together by kind."""
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor != "mysql":
        return Answer(reason=_("SQLite keeps no slow log; what is captured above is all there is."))
    try:
        if off := _log_is_off(connection):
            return off
        rows = ask(connection, SLOW_LOG, [LOGGED])
    except DatabaseError as error:
        return refusal(error, connection, LOG_GRANT)
    kinds: dict[str, Statement] = {}
    for at, seconds, sent, examined, text in rows:
        plain = without_values(text.decode(errors="replace") if isinstance(text, bytes) else text)
        kind = kinds.setdefault(plain, Statement(plain, 0, 0.0, 0.0, last_seen=_aware(at)))
        kind.count += 1
        kind.total_ms += float(seconds) * 1000
        kind.max_ms = max(kind.max_ms, float(seconds) * 1000)
        kind.examined += int(examined)
        kind.sent += int(sent)
    found = sorted(kinds.values(), key=lambda each: -each.total_ms)[:MOST]
    return Answer(found)


def _without_schema(connection: BaseDatabaseWrapper) -> Answer[Statement] | None:
    """Why there is no performance_schema, or None."""
    if connection.vendor != "mysql":
        return Answer(reason=_("SQLite does not count statements."))
    try:
        if value(connection, "SELECT @@performance_schema") == "1":
            return None
    except DatabaseError as error:
        return refusal(error, connection, DIGESTS_GRANT)
    said = _("This server does not count statements: performance_schema is off.")
    return Answer(reason=said, mend="[mysqld]\nperformance_schema = ON")


def _log_is_off(connection: BaseDatabaseWrapper) -> Answer[Statement] | None:
    on, output, seconds = ask(
        connection, "SELECT @@global.slow_query_log, @@global.log_output, @@global.long_query_time"
    )[0]
    if int(on) and "TABLE" in str(output).upper():
        return None
    verb = "SET GLOBAL" if is_mariadb(connection) else "SET PERSIST"
    return Answer(
        reason=_("The server's slow log is off, or does not go to a table that can be read here.")
        + " "
        + _("It would hold what takes longer than %(seconds)s s.") % {"seconds": f"{seconds:g}"},
        mend=f"{verb} log_output = 'TABLE';\n{verb} long_query_time = 1;\n"
        f"{verb} slow_query_log = ON;",
    )


def _aware(at: datetime | None) -> datetime | None:
    """Times of these tables come without a zone and in that of the connection, UTC."""
    if at is None or timezone.is_aware(at):
        return at
    return timezone.make_aware(at, timezone.get_default_timezone())
