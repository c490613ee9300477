"""Mark the times of which WAHA has no history."""

import django.db.models.deletion
from django.db import migrations, models

import mercury.db.indexes


class Migration(migrations.Migration):
    dependencies = [
        ("waha", "0019_create_syncs"),
    ]

    operations = [
        migrations.CreateModel(
            name="WahaGap",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("begins_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "chat",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="waha.wahachat",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="gaps",
                        to="waha.wahasession",
                    ),
                ),
            ],
            options={
                "db_table": "waha_gaps",
                "indexes": [
                    mercury.db.indexes.NamedIndex(
                        fields=["session", "ends_at"], name="idx_waha_gaps_session"
                    )
                ],
            },
        ),
    ]
