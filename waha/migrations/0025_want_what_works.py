"""Numbers that work when this comes are wanted: one that WAHA forgets is made again."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def want(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    WahaSession = apps.get_model("waha", "WahaSession")
    alias = schema_editor.connection.alias
    WahaSession.objects.using(alias).filter(waha_status="WORKING").update(is_wanted=True)


class Migration(migrations.Migration):
    dependencies = [("waha", "0024_create_text_changes")]

    operations = [migrations.RunPython(want, migrations.RunPython.noop)]
