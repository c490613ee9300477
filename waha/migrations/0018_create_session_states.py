"""Write down every state of a number."""

import django.db.models.deletion
from django.db import migrations, models

import mercury.db.fields
import mercury.db.indexes


class Migration(migrations.Migration):
    dependencies = [
        ("waha", "0017_place_sessions"),
    ]

    operations = [
        migrations.CreateModel(
            name="WahaSessionState",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("waha_status", models.CharField(max_length=50)),
                ("at", models.DateTimeField()),
                ("heard", models.BooleanField(default=True)),
                ("me_id", mercury.db.fields.ExactCharField(blank=True, default="", max_length=255)),
                (
                    "session",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="states",
                        to="waha.wahasession",
                    ),
                ),
            ],
            options={
                "db_table": "waha_session_states",
                "indexes": [
                    mercury.db.indexes.NamedIndex(
                        fields=["session", "at"], name="idx_waha_session_states_at"
                    )
                ],
            },
        ),
    ]
