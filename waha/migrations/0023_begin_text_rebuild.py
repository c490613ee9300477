"""Begin the rebuilding of words where there are messages already; the schedule goes on with it."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def begin(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    tables = (apps.get_model("waha", "WahaMessage"), apps.get_model("waha", "WahaMessageArchive"))
    alias = schema_editor.connection.alias
    if any(table.objects.using(alias).exists() for table in tables):
        rebuilds = apps.get_model("waha", "WahaTextRebuild").objects.using(alias)
        rebuilds.get_or_create(source="messages")


class Migration(migrations.Migration):
    dependencies = [("waha", "0022_index_message_texts")]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
