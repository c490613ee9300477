"""Begin the rebuilding of words where there are messages already; the schedule goes on with it."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def begin(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    WahaMessage = apps.get_model("waha", "WahaMessage")
    WahaMessageArchive = apps.get_model("waha", "WahaMessageArchive")
    WahaTextRebuild = apps.get_model("waha", "WahaTextRebuild")
    alias = schema_editor.connection.alias
    kept = WahaMessage.objects.using(alias).exists()
    if kept or WahaMessageArchive.objects.using(alias).exists():
        WahaTextRebuild.objects.using(alias).get_or_create(source="messages")


class Migration(migrations.Migration):
    dependencies = [("waha", "0022_index_message_texts")]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
