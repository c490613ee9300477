"""Make the table of messages for later."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import mercury.db.fields
import mercury.db.indexes


class Migration(migrations.Migration):
    dependencies = [
        ("waha", "0013_know_first_messages"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="WahaScheduled",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("content", models.TextField()),
                ("send_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("unless_written", models.BooleanField(default=False)),
                ("in_seq", models.BigIntegerField(default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("queued", "handed over"),
                            ("cancelled", "cancelled"),
                            ("failed", "not sent"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("reason", models.TextField(blank=True, default="")),
                ("client_token", mercury.db.fields.ExactCharField(max_length=64, unique=True)),
                (
                    "chat",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="waha.wahachat",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="waha.wahasession",
                    ),
                ),
            ],
            options={
                "verbose_name": "message for later",
                "verbose_name_plural": "messages for later",
                "db_table": "waha_scheduled",
                "indexes": [
                    mercury.db.indexes.NamedIndex(
                        fields=["state", "due_at", "id"], name="idx_waha_scheduled_due"
                    ),
                    mercury.db.indexes.NamedIndex(
                        fields=["chat", "state", "send_at"], name="idx_waha_scheduled_chat"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["waiting", "queued", "cancelled", "failed"])
                        ),
                        name="waha_scheduled_state",
                    )
                ],
            },
        ),
    ]
