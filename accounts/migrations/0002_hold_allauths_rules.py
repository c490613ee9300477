"""Let MySQL and MariaDB hold what allauth wants unique only under a condition.

Neither knows conditional unique keys, so Django leaves allauth's out (models.W036). A generated
column that is null where the condition does not hold, under a plain unique key, does the same.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# (table, column, its type, its value, name of the key)
RULES = (
    (
        "account_emailaddress",
        "verified_email",
        "VARCHAR(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        "CASE WHEN `verified` THEN `email` END",
        "unique_verified_email",
    ),
    (
        "account_emailaddress",
        "primary_of",
        "BIGINT",
        "CASE WHEN `primary` THEN `user_id` END",
        "unique_primary_email",
    ),
    (
        "mfa_authenticator",
        "only_one",
        "VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        "CASE WHEN `type` IN ('totp', 'recovery_codes') THEN CONCAT(`user_id`, ':', `type`) END",
        "unique_authenticator_type",
    ),
)


def hold(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "mysql":
        return
    for table, column, kind, value, key in RULES:
        # VIRTUAL: a stored one would forbid its base columns to be part of foreign keys.
        schema_editor.execute(
            f"ALTER TABLE `{table}` ADD COLUMN `{column}` {kind} "
            f"GENERATED ALWAYS AS ({value}) VIRTUAL, ADD UNIQUE KEY `{key}` (`{column}`)"
        )


def let_go(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "mysql":
        return
    for table, column, _kind, _value, key in RULES:
        schema_editor.execute(f"ALTER TABLE `{table}` DROP KEY `{key}`, DROP COLUMN `{column}`")


class Migration(migrations.Migration):
    # MySQL commits at each ALTER anyway.
    atomic = False
    dependencies = [
        ("accounts", "0001_create_tables"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [migrations.RunPython(hold, let_go)]
