"""What `test_rollback.py` runs in a process of its own, on a database of its own.

Migrates, takes back everything of ours step by step and all of it, and migrates again. Prints
one JSON object.
"""

import json
from io import StringIO
from typing import Any

from tests import environment

environment.set_up()

from django.apps import apps  # noqa: E402  # only after the environment
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.migrations.recorder import MigrationRecorder  # noqa: E402

from scripts import schema_document  # noqa: E402


def main() -> dict[str, Any]:
    call_command("migrate", verbosity=0)
    before, tables = applied(), shape()
    last = before[-1]
    shown, said = StringIO(), StringIO()
    call_command("migrate_rollback", plan=True, stdout=shown)
    untouched = applied() == before
    call_command("migrate_rollback", yes=True, stdout=said)
    gone = [name for name in before if name not in applied()]
    call_command("migrate", verbosity=0)
    again = shape() == tables

    call_command("migrate_rollback", steps=len(before), yes=True, stdout=StringIO())
    left = sorted(set(names()) - {"django_migrations"})
    call_command("migrate", verbosity=0)
    return {
        "plan_begins_with_the_last": shown.getvalue().splitlines()[0] == last,
        "plan_changes_nothing": untouched,
        "one_step": gone == [last],
        "one_step_and_back": again,
        "left_at_zero": left,
        "all_and_back": shape() == tables,
        "missing": sorted(set(ours()) - set(names())),
    }


def applied() -> list[str]:
    rows = MigrationRecorder(connection).migration_qs.order_by("pk").values_list("app", "name")
    return [f"{app}.{name}" for app, name in rows]


def names() -> list[str]:
    with connection.cursor() as cursor:
        return connection.introspection.table_names(cursor)


def ours() -> list[str]:
    return [model._meta.db_table for model in apps.get_models() if model._meta.managed]


def shape() -> Any:
    """Everything the server knows of our tables; on SQLite their names and columns."""
    if connection.vendor == "mysql":
        tables = schema_document.read_database(connection)
        return {name: table.facts() for name, table in tables.items()}
    with connection.cursor() as cursor:
        describe = connection.introspection.get_table_description
        return {name: {each.name for each in describe(cursor, name)} for name in names()}


if __name__ == "__main__":
    print(json.dumps(main()))  # noqa: T201  # the answer to the test
