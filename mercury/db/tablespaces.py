"""Tables that the server itself encrypts on its disk, where it has a keyring.

MySQL: a keyring component or plugin and ENCRYPTION='Y' (error 3185 without one). MariaDB: a key
management plugin and ENCRYPTED=YES. SQLite encrypts nothing. What is encrypted in the
application is unreadable either way; this is for the pages around it.
"""

from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper

CLAUSES = {False: ("ENCRYPTION='Y'", "ENCRYPTION='N'"), True: ("ENCRYPTED=YES", "ENCRYPTED=NO")}


def has_keyring(connection: BaseDatabaseWrapper) -> bool:
    """Whether the server can encrypt tables; False too where we may not know."""
    if connection.vendor != "mysql":
        return False
    if _is_mariadb(connection):
        sql = "SELECT 1 FROM information_schema.plugins WHERE plugin_type = 'ENCRYPTION'"
        return _finds(connection, f"{sql} AND plugin_status = 'ACTIVE'")
    component = (
        "SELECT 1 FROM performance_schema.keyring_component_status "
        "WHERE status_key = 'Component_status' AND status_value = 'Active'"
    )
    plugin = (
        "SELECT 1 FROM information_schema.plugins "
        "WHERE plugin_name LIKE 'keyring%' AND plugin_status = 'ACTIVE'"
    )
    return _finds(connection, component) or _finds(connection, plugin)


def is_encrypted(connection: BaseDatabaseWrapper, table: str) -> bool:
    """Whether the server keeps a table encrypted."""
    if connection.vendor != "mysql":
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT create_options FROM information_schema.tables "
            "WHERE table_schema = DATABASE() AND table_name = %s",
            [table],
        )
        row = cursor.fetchone()
    options = "".join(
        char for char in (row[0] if row else "").upper() if char.isalnum() or char == "="
    )
    return "ENCRYPTION=Y" in options or "ENCRYPTED=YES" in options


def encrypt(connection: BaseDatabaseWrapper, table: str) -> str:
    """Have the server encrypt a table; says why not when it cannot. Rebuilds the table."""
    return _alter(connection, table, on=True)


def decrypt(connection: BaseDatabaseWrapper, table: str) -> str:
    """Have the server keep a table in the clear again."""
    return _alter(connection, table, on=False)


def _alter(connection: BaseDatabaseWrapper, table: str, *, on: bool) -> str:
    yes, no = CLAUSES[_is_mariadb(connection)]
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} {yes if on else no}")
    except DatabaseError as error:
        return f"The server does not encrypt {table}: {error.args[-1]}. Look at its keyring."
    return ""


def _is_mariadb(connection: BaseDatabaseWrapper) -> bool:
    return bool(getattr(connection, "mysql_is_mariadb", False))


def _finds(connection: BaseDatabaseWrapper, sql: str) -> bool:
    """Whether a query that we may not be allowed finds a row."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone() is not None
    except DatabaseError:
        return False
