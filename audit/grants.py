"""What a database user of MySQL needs who may add to the audit log and never change it."""

from django.db import connection

# Rows of these are added and read; only migrations and retention, as another user, do more.
ADD_ONLY = {"audit_logs", "audit_seals", "django_migrations"}


def statements(user: str) -> list[str]:
    """GRANTs table by table: MySQL takes nothing back from a grant on the whole database."""
    quote = connection.ops.quote_name
    place = quote(str(connection.settings_dict["NAME"]))
    with connection.cursor() as cursor:
        tables = sorted(connection.introspection.table_names(cursor))
    return [
        f"GRANT {'SELECT, INSERT' if table in ADD_ONLY else 'SELECT, INSERT, UPDATE, DELETE'} "
        f"ON {place}.{quote(table)} TO {user};"
        for table in tables
    ]
