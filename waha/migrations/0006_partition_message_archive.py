"""Partition waha_messages_archive by month on MySQL and MariaDB, on the shards too."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone

from mercury.db.partitions import Month, partition_table

MONTHS_BACK = 24
MONTHS_AHEAD = 3


def partition(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    this_month = Month.of(timezone.now())
    partition_table(
        schema_editor.connection,
        "waha_messages_archive",
        this_month.plus(-MONTHS_BACK),
        this_month.plus(MONTHS_AHEAD),
    )


def unpartition(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "mysql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("ALTER TABLE waha_messages_archive REMOVE PARTITIONING")
        cursor.execute("ALTER TABLE waha_messages_archive DROP PRIMARY KEY, ADD PRIMARY KEY (id)")


class Migration(migrations.Migration):
    # MySQL commits at each ALTER anyway.
    atomic = False
    dependencies = [("waha", "0005_create_message_archive")]

    operations = [migrations.RunPython(partition, unpartition, hints={"on_shards": True})]
