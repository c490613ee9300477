"""Make the table of how fast each number may send."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("waha", "0011_name_the_permissions_of_chats"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="WahaPace",
            fields=[
                (
                    "session",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="waha.wahasession",
                    ),
                ),
                (
                    "typing",
                    models.BooleanField(default=True, verbose_name="show “typing…” first"),
                ),
                (
                    "gap_ms",
                    models.PositiveIntegerField(
                        default=1000, verbose_name="pause between two messages"
                    ),
                ),
                (
                    "cold_gap_seconds",
                    models.PositiveIntegerField(
                        default=20, verbose_name="pause between two first messages"
                    ),
                ),
                (
                    "cold_a_day",
                    models.PositiveIntegerField(
                        default=50, verbose_name="first messages in 24 hours"
                    ),
                ),
                ("next_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("next_cold_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("locked_until", models.DateTimeField(blank=True, null=True)),
                ("paused_at", models.DateTimeField(blank=True, null=True)),
                (
                    "paused_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "waha_paces",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("paused_at__isnull", True),
                            ("paused_by__isnull", False),
                            _connector="OR",
                        ),
                        name="waha_paces_paused_by",
                    )
                ],
            },
        ),
    ]
