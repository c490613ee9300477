"""Taking the last applied migrations back, newest first, across all apps."""

from dataclasses import dataclass, field

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations import AddField, CreateModel


class CannotRollBack(Exception):
    """Why a plan cannot be carried out, in words; nothing was changed."""


@dataclass
class Step:
    """One migration to be taken back: what is undone, and which tables with rows it drops."""

    migration: Migration
    undone: list[str]
    lost: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{self.migration.app_label}.{self.migration.name}"


def plan(connection: BaseDatabaseWrapper, steps: int) -> list[Step]:
    """The last `steps` migrations in the reverse of the order they were applied in.

    Raises CannotRollBack when one of them has no way back, is not in this version's code, or
    something that stays depends on it.
    """
    executor = MigrationExecutor(connection)
    recorded = executor.recorder.migration_qs.order_by("-pk").values_list("app", "name")
    keys = [(str(app), str(name)) for app, name in recorded[:steps]]
    found = []
    for key in keys:
        if key not in executor.loader.disk_migrations:
            raise CannotRollBack(
                f"{key[0]}.{key[1]} is applied, but not in this version's code: "
                "roll back with the version that brought it."
            )
        migration = executor.loader.disk_migrations[key]
        _refuse_one_way(migration)
        found.append(Step(migration, _undone(migration), _lost(connection, migration)))
    _refuse_left_behind(executor, keys)
    return found


def carry_out(connection: BaseDatabaseWrapper, steps: list[Step]) -> None:
    """Take the planned migrations back, in this order.

    One that breaks off leaves those before it undone and itself as MySQL left it: its DDL
    commits by itself.
    """
    executor = MigrationExecutor(connection)
    executor.migrate(None, plan=[(step.migration, True) for step in steps])


def _refuse_one_way(migration: Migration) -> None:
    for operation in migration.operations:
        if not operation.reversible:
            raise CannotRollBack(
                f"{migration.app_label}.{migration.name} has no way back: "
                f"{operation.describe()}. Restore a backup instead."
            )


def _refuse_left_behind(executor: MigrationExecutor, keys: list[tuple[str, str]]) -> None:
    applied = set(executor.loader.applied_migrations)
    for key in keys:
        staying = applied & set(executor.loader.graph.backwards_plan(key)) - set(keys)
        if staying:
            app, name = min(staying)
            raise CannotRollBack(f"{app}.{name} stands on {key[0]}.{key[1]} and would stay.")


def _undone(migration: Migration) -> list[str]:
    return [operation.describe() for operation in reversed(migration.operations)]


def _lost(connection: BaseDatabaseWrapper, migration: Migration) -> list[str]:
    """What goes for good: columns, and tables that hold rows."""
    lost = []
    for operation in migration.operations:
        if isinstance(operation, AddField):
            lost.append(f"column {operation.name} of {operation.model_name}")
        elif isinstance(operation, CreateModel):
            named = operation.options.get("db_table")
            table = str(named or f"{migration.app_label}_{operation.name_lower}")
            if _has_rows(connection, table):
                lost.append(f"table {table}, which holds rows")
    return lost


def _has_rows(connection: BaseDatabaseWrapper, table: str) -> bool:
    with connection.cursor() as cursor:
        if table not in connection.introspection.table_names(cursor):
            return False
        name = connection.ops.quote_name(table)
        cursor.execute(f"SELECT 1 FROM {name} LIMIT 1")  # noqa: S608  # a name from our migrations
        return cursor.fetchone() is not None
