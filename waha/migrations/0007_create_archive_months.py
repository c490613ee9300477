"""Write down how far the archive has got, where it lies and who may pass."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("waha", "0006_partition_message_archive"),
    ]

    operations = [
        migrations.CreateModel(
            name="WahaArchiveMonth",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("month", models.DateField(verbose_name="month")),
                ("shard", models.CharField(max_length=50)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("copying", "being copied"),
                            ("verifying", "being verified"),
                            ("verified", "verified, still to be switched"),
                            ("archived", "archived, still to be freed"),
                            ("dropped", "archived"),
                            ("purged", "deleted after its retention"),
                        ],
                        default="copying",
                        max_length=10,
                    ),
                ),
                ("last_id", models.BigIntegerField(default=0)),
                ("rows", models.BigIntegerField(default=0)),
                ("checksum", models.CharField(blank=True, default="", max_length=64)),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("verified_at", models.DateTimeField(blank=True, null=True)),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
                ("dropped_at", models.DateTimeField(blank=True, null=True)),
                ("purged_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "archived month",
                "verbose_name_plural": "archived months",
                "db_table": "waha_archive_months",
                "ordering": ["month", "shard"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("month", "shard"), name="waha_archive_months_month"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "copying",
                                    "verifying",
                                    "verified",
                                    "archived",
                                    "dropped",
                                    "purged",
                                ],
                            )
                        ),
                        name="waha_archive_months_state",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WahaArchivePlace",
            fields=[
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "session",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="waha.wahasession",
                    ),
                ),
                ("shard", models.CharField(max_length=50)),
                ("moving_to", models.CharField(blank=True, default="", max_length=50)),
                ("last_id", models.BigIntegerField(default=0)),
                ("leaving", models.CharField(blank=True, default="", max_length=50)),
                ("switched_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "place of an archive",
                "verbose_name_plural": "places of archives",
                "db_table": "waha_archive_places",
            },
        ),
        migrations.CreateModel(
            name="WahaArchiveGate",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
            ],
            options={
                "db_table": "waha_archive_gate",
            },
        ),
    ]
