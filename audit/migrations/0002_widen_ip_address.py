"""Give ip_address the 45 characters of the schema instead of Django's 39."""

from django.db import migrations

import mercury.db.fields


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_create_tables")]

    operations = [
        migrations.AlterField(
            model_name="auditlog",
            name="remote_addr",
            field=mercury.db.fields.AddressField(
                blank=True, db_column="ip_address", null=True, verbose_name="from address"
            ),
        ),
    ]
