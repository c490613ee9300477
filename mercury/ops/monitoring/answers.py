"""What a server tells, or the sentence why it tells nothing and how to change that."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext as _

from mercury.ops.slow_queries import unwatched

Row = TypeVar("Row")

SECONDS = 3
"""How long one question of these pages may take."""

DENIED = {1044, 1045, 1142, 1143, 1227, 1370}
TOO_LONG = {3024, 1969, 1317}


@dataclass(frozen=True, slots=True)
class Answer(Generic[Row]):
    """Rows, or `reason` why there are none and the statement that would change it."""

    rows: list[Row] = field(default_factory=list)
    reason: str = ""
    mend: str = ""


@contextmanager
def time_limit(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Let the server itself break off a SELECT that takes longer; nothing on SQLite."""
    if connection.vendor != "mysql":
        yield
        return
    mariadb = getattr(connection, "mysql_is_mariadb", False)
    name = "max_statement_time" if mariadb else "max_execution_time"
    with connection.cursor() as cursor:
        cursor.execute(f"SET SESSION {name} = %s", [SECONDS if mariadb else SECONDS * 1000])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"SET SESSION {name} = DEFAULT")


def ask(
    connection: BaseDatabaseWrapper, sql: str, parameters: list[Any] | None = None
) -> list[tuple[Any, ...]]:
    """The rows of one question, within the time limit. Raises DatabaseError.

    How long it takes is no concern of the product's: looking must not make the health worse.
    """
    with unwatched(), time_limit(connection), connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def value(connection: BaseDatabaseWrapper, sql: str) -> str:
    """The one value of a question, "" for none. Raises DatabaseError."""
    rows = ask(connection, sql)
    return str(rows[0][0]) if rows and rows[0][0] is not None else ""


def refusal(error: DatabaseError, connection: BaseDatabaseWrapper, grant: str) -> Answer[Any]:
    """The sentence for a question that the server did not answer.

    `grant` is what the database user lacks, such as `SELECT ON performance_schema.*`.
    """
    code = error.args[0] if error.args else None
    if code in TOO_LONG:
        said = _("The server did not answer within %(seconds)d seconds.") % {"seconds": SECONDS}
        return Answer(reason=said, mend=_("Try again when it has less to do."))
    if code in DENIED:
        user = str(connection.settings_dict.get("USER", ""))
        said = _("The database user %(user)s may not read this.") % {"user": user}
        return Answer(reason=said, mend=f"GRANT {grant} TO '{user}'@'%';")
    said = _("The server refused: %(words)s") % {"words": error.args[-1] if error.args else error}
    return Answer(reason=said)


def is_mariadb(connection: BaseDatabaseWrapper) -> bool:
    """True for MariaDB, which Django speaks to as MySQL."""
    return bool(getattr(connection, "mysql_is_mariadb", False))
