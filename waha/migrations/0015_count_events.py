"""Count webhooks by the hour, and find their rows by it."""

import django.db.models.deletion
from django.db import migrations, models

import mercury.db.indexes


class Migration(migrations.Migration):
    dependencies = [
        ("waha", "0014_create_scheduled"),
    ]

    operations = [
        migrations.CreateModel(
            name="WahaEventCount",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "session_id",
                        "hour",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("hour", models.DateTimeField()),
                ("received", models.PositiveIntegerField(default=0)),
                ("repeated", models.PositiveIntegerField(default=0)),
                (
                    "session",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="waha.wahasession",
                    ),
                ),
            ],
            options={
                "db_table": "waha_event_counts",
                "indexes": [
                    mercury.db.indexes.NamedIndex(
                        fields=["hour"], name="idx_waha_event_counts_hour"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="wahaevent",
            index=mercury.db.indexes.NamedIndex(
                fields=["received_at", "session", "state"], name="idx_waha_events_hour"
            ),
        ),
    ]
