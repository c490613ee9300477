"""Create the table of stars and pins on messages."""

import django.db.models.deletion
from django.db import migrations, models

import mercury.db.indexes


class Migration(migrations.Migration):
    dependencies = [
        ("waha", "0027_plan_more_than_texts"),
    ]

    operations = [
        migrations.CreateModel(
            name="WahaMark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("chat_id", models.BigIntegerField()),
                ("message_pk", models.BigIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("star", "starred"), ("pin", "pinned")], max_length=10
                    ),
                ),
                ("is_set", models.BooleanField(default=True)),
                ("until", models.DateTimeField(blank=True, null=True)),
                ("marked_at", models.DateTimeField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "session",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="waha.wahasession",
                    ),
                ),
            ],
            options={
                "db_table": "waha_marks",
                "indexes": [
                    mercury.db.indexes.NamedIndex(
                        fields=["chat_id", "kind", "is_set", "-marked_at"],
                        name="idx_waha_marks_chat",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("message_pk", "kind"), name="waha_marks_message"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["star", "pin"])), name="waha_marks_kind"
                    ),
                ],
            },
        ),
    ]
