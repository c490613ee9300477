import django.utils.timezone
from django.db import migrations, models

import mercury.db.fields
import mercury.db.indexes


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="HealthMark",
            fields=[
                (
                    "name",
                    mercury.db.fields.ExactCharField(
                        max_length=64, primary_key=True, serialize=False
                    ),
                ),
                ("at", models.DateTimeField()),
                ("said", models.JSONField(blank=True, default=dict)),
            ],
            options={
                "db_table": "health_marks",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="HealthSample",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("state", models.CharField(max_length=10)),
                ("states", models.JSONField(default=dict)),
                ("figures", models.JSONField(default=dict)),
            ],
            options={
                "db_table": "health_samples",
                "default_permissions": (),
                "indexes": [
                    mercury.db.indexes.NamedIndex(fields=["at"], name="idx_health_samples_at")
                ],
            },
        ),
        migrations.CreateModel(
            name="SlowQuery",
            fields=[
                (
                    "digest",
                    mercury.db.fields.ExactCharField(
                        max_length=64, primary_key=True, serialize=False
                    ),
                ),
                ("statement", models.TextField()),
                ("place", models.CharField(blank=True, default="", max_length=255)),
                ("count", models.PositiveBigIntegerField(default=0)),
                ("total_ms", models.FloatField(default=0)),
                ("max_ms", models.FloatField(default=0)),
                ("first_seen_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("last_seen_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "db_table": "slow_queries",
                "default_permissions": (),
                "indexes": [
                    mercury.db.indexes.NamedIndex(
                        fields=["last_seen_at"], name="idx_slow_queries_seen"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TableSize",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("place", mercury.db.fields.ExactCharField(max_length=128)),
                ("row_count", models.BigIntegerField(default=0)),
                ("bytes", models.BigIntegerField(default=0)),
            ],
            options={
                "db_table": "table_sizes",
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(fields=("day", "place"), name="table_sizes_day")
                ],
            },
        ),
    ]
