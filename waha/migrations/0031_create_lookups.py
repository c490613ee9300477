"""Create the table of what WAHA is still to be asked."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import mercury.db.indexes


class Migration(migrations.Migration):
    dependencies = [
        ("waha", "0030_create_groups"),
    ]

    operations = [
        migrations.CreateModel(
            name="WahaLookup",
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
                        choices=[
                            ("group", "who is in a group"),
                            ("labels", "the labels of a number"),
                        ],
                        max_length=10,
                    ),
                ),
                ("ref", models.BigIntegerField(default=0)),
                (
                    "due_at",
                    models.DateTimeField(blank=True, default=django.utils.timezone.now, null=True),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("last_error", models.CharField(blank=True, default="", max_length=255)),
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
                "db_table": "waha_lookups",
                "indexes": [
                    mercury.db.indexes.NamedIndex(fields=["due_at"], name="idx_waha_lookups_due")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("session", "kind", "ref"), name="waha_lookups_what"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["group", "labels"])),
                        name="waha_lookups_kind",
                    ),
                ],
            },
        ),
    ]
