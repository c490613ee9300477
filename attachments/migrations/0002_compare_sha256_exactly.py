"""Let a file's hash be equal only to itself, as every hash is."""

from django.db import migrations

import mercury.db.fields


class Migration(migrations.Migration):
    dependencies = [("attachments", "0001_create_tables")]

    operations = [
        migrations.AlterField(
            model_name="attachment",
            name="sha256",
            field=mercury.db.fields.ExactCharField(blank=True, default="", max_length=64),
        ),
    ]
