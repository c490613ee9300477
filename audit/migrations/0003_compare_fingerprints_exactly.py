"""Let a fingerprint be equal only to itself, as every hash is."""

from django.db import migrations

import mercury.db.fields


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_widen_ip_address")]

    operations = [
        migrations.AlterField(
            model_name="errorlog",
            name="fingerprint",
            field=mercury.db.fields.ExactCharField(max_length=64, unique=True),
        ),
    ]
