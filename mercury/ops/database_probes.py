"""Looks at the database: does it answer, is it set up as Mercury needs it."""

import time

from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from mercury.ops.findings import Finding, broken, ok, warning
from waha.lifecycle import partitions

TIME_ZONES_MEND = (
    "Load them: `mysql_tzinfo_to_sql /usr/share/zoneinfo | mysql -u root -p mysql` "
    "(MariaDB: mariadb-tzinfo-to-sql)."
)
MIGRATE = "Run `python manage.py migrate`."
MINIMUM = {"MySQL": (8, 0), "MariaDB": (10, 11)}


def reachable(alias: str = "default") -> Finding:
    """Whether the database answers; a connection found dead is opened anew once."""
    connection = connections[alias]
    started = time.monotonic()
    try:
        _ask(connection)
    except DatabaseError as error:
        return broken("database", f"The database does not answer: {_words(error)}.", _where())
    milliseconds = (time.monotonic() - started) * 1000
    return ok("database", f"{_server(connection)} answers in {milliseconds:.0f} ms.")


def pending_migrations(alias: str = "default") -> list[str]:
    """Names of migrations that are in the code and not in the database. Raises DatabaseError."""
    executor = MigrationExecutor(connections[alias])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


def migrations() -> Finding:
    """Whether the database has every migration of the code."""
    pending = pending_migrations()
    if not pending:
        return ok("migrations", "Every migration is applied.")
    more = f" and {len(pending) - 3} more" if len(pending) > 3 else ""
    return broken(
        "migrations",
        f"The database lacks {len(pending)} of this version's migrations: "
        f"{', '.join(pending[:3])}{more}.",
        MIGRATE,
    )


def server(alias: str = "default") -> list[Finding]:
    """Whether MySQL or MariaDB is set up as Mercury needs it; nothing to say on SQLite."""
    connection = connections[alias]
    if connection.vendor != "mysql":
        return []
    return [
        _version(connection),
        _strict_mode(connection),
        _character_set(connection),
        _time_zones(connection),
    ]


def partitions_ahead() -> Finding:
    """Whether the coming months have partitions of their own."""
    if connections["default"].vendor != "mysql":
        return ok("partitions", "SQLite has none and needs none.")
    missing = partitions.missing()
    if not missing:
        return ok("partitions", f"The next {partitions.AHEAD} months have their partitions.")
    return warning(
        "partitions",
        f"These months have no partition of their own yet: {', '.join(missing)}.",
        "Run `python manage.py partitions`; the schedule process (celery beat) does it every "
        "six hours when it runs.",
    )


def _ask(connection: BaseDatabaseWrapper) -> None:
    try:
        _select_one(connection)
    except DatabaseError:
        if connection.in_atomic_block:
            raise
        connection.close()  # it may merely have been cut since its last use
        _select_one(connection)


def _select_one(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()


def _version(connection: BaseDatabaseWrapper) -> Finding:
    kind, version = _kind(connection), _numbers(connection)
    if version >= MINIMUM[kind]:
        return ok("server version", f"{_server(connection)}.")
    least = ".".join(map(str, MINIMUM[kind]))
    return broken(
        "server version", f"{_server(connection)} is too old.", f"Move to {kind} {least} or newer."
    )


def _strict_mode(connection: BaseDatabaseWrapper) -> Finding:
    modes = set(_scalar(connection, "SELECT @@sql_mode").split(","))
    if modes & {"STRICT_TRANS_TABLES", "STRICT_ALL_TABLES"}:
        return ok("strict mode", "The server refuses values that do not fit.")
    return broken(
        "strict mode",
        "The server cuts values that do not fit instead of refusing them.",
        "Add STRICT_TRANS_TABLES to sql_mode in the server's configuration.",
    )


def _character_set(connection: BaseDatabaseWrapper) -> Finding:
    found = _scalar(connection, "SELECT @@character_set_database")
    if found == "utf8mb4":
        return ok("character set", "The schema is utf8mb4.")
    name = connection.settings_dict["NAME"]
    return broken(
        "character set",
        f"The schema's character set is {found}, which cannot hold every emoji.",
        f"Run `ALTER DATABASE `{name}` CHARACTER SET utf8mb4` before the first migrate; tables "
        "that exist already need CONVERT TO CHARACTER SET.",
    )


def _time_zones(connection: BaseDatabaseWrapper) -> Finding:
    # Without the tables CONVERT_TZ gives NULL and every search by date finds nothing, silently.
    found = _scalar(connection, "SELECT CONVERT_TZ('2026-07-01', 'UTC', 'Europe/Berlin')")
    if found != "None":
        return ok("time zones", "The server's time zone tables are loaded.")
    return broken(
        "time zones",
        "The server's time zone tables are empty: searches by date would find nothing.",
        TIME_ZONES_MEND,
    )


def _scalar(connection: BaseDatabaseWrapper, sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        row = cursor.fetchone()
    return str(row[0] if row else None)


def _kind(connection: BaseDatabaseWrapper) -> str:
    return "MariaDB" if getattr(connection, "mysql_is_mariadb", False) else "MySQL"


def _numbers(connection: BaseDatabaseWrapper) -> tuple[int, ...]:
    numbers: tuple[int, ...] = getattr(connection, "mysql_version", (0,))
    return numbers


def _server(connection: BaseDatabaseWrapper) -> str:
    if connection.vendor != "mysql":
        return connection.display_name
    return f"{_kind(connection)} {'.'.join(map(str, _numbers(connection)))}"


def _words(error: DatabaseError) -> str:
    # (2003, "Can't connect to ...") on MySQL; the URL with its password is never in there.
    return str(error.args[-1]).rstrip(".") if error.args else type(error).__name__


def _where() -> str:
    return (
        "Is the server running, and are host, port, user, password and name in DATABASE_URL right?"
    )
