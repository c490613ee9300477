"""Read the history of numbers, and where each reading has got to."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import mercury.db.indexes


class Migration(migrations.Migration):
    dependencies = [
        ("waha", "0018_create_session_states"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="WahaSync",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("reconcile", "missed messages"), ("import", "older chats")],
                        max_length=10,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("due", "waiting"), ("done", "done"), ("failed", "given up")],
                        default="due",
                        max_length=10,
                    ),
                ),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("reads_from", models.DateTimeField(blank=True, null=True)),
                ("outage_from", models.DateTimeField(blank=True, null=True)),
                ("chats", models.JSONField(blank=True, default=list)),
                ("is_listed", models.BooleanField(default=False)),
                ("offset", models.PositiveIntegerField(default=0)),
                ("chats_total", models.PositiveIntegerField(default=0)),
                ("chats_done", models.PositiveIntegerField(default=0)),
                ("read", models.PositiveIntegerField(default=0)),
                ("found", models.PositiveIntegerField(default=0)),
                ("oldest_at", models.DateTimeField(blank=True, null=True)),
                ("newest_found_at", models.DateTimeField(blank=True, null=True)),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("last_error", models.CharField(blank=True, default="", max_length=255)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="syncs",
                        to="waha.wahasession",
                    ),
                ),
            ],
            options={
                "db_table": "waha_syncs",
                "indexes": [
                    mercury.db.indexes.NamedIndex(
                        fields=["state", "due_at"], name="idx_waha_syncs_due"
                    ),
                    mercury.db.indexes.NamedIndex(
                        fields=["session", "kind", "-id"], name="idx_waha_syncs_session"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["reconcile", "import"])),
                        name="waha_syncs_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["due", "done", "failed"])),
                        name="waha_syncs_state",
                    ),
                ],
            },
        ),
    ]
