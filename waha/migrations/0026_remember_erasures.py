"""Remember by keyed hashes who was erased, so that no history brings them back."""

import django.db.models.deletion
from django.db import migrations, models

import mercury.db.fields


class Migration(migrations.Migration):
    dependencies = [
        ("mercury_db", "0003_encrypt_sensitive_data_on_disk"),
        ("waha", "0025_want_what_works"),
    ]

    operations = [
        migrations.CreateModel(
            name="WahaErased",
            fields=[
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "address_hash",
                    mercury.db.fields.ExactCharField(
                        max_length=64, primary_key=True, serialize=False
                    ),
                ),
                ("erased_at", models.DateTimeField()),
                (
                    "secret",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="mercury_db.sensitivedata",
                    ),
                ),
            ],
            options={
                "verbose_name": "erased address",
                "verbose_name_plural": "erased addresses",
                "db_table": "waha_erased",
            },
        ),
    ]
