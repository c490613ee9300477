"""Tell screens who wrote, what rings and what went; keep the blue ticks that are due."""

import django.db.models.deletion
from django.db import migrations, models

import mercury.db.indexes


class Migration(migrations.Migration):
    dependencies = [
        ("waha", "0003_chat_named_at"),
    ]

    operations = [
        migrations.CreateModel(
            name="WahaSeen",
            fields=[
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "chat",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="waha.wahachat",
                    ),
                ),
                ("wanted_seq", models.BigIntegerField(default=0)),
                ("told_seq", models.BigIntegerField(default=0)),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                "db_table": "waha_seen",
            },
        ),
        migrations.RemoveConstraint(
            model_name="wahaupdate",
            name="waha_updates_kind",
        ),
        migrations.AddField(
            model_name="wahaupdate",
            name="from_me",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="wahaupdate",
            name="incoming",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AlterField(
            model_name="wahaupdate",
            name="kind",
            field=models.CharField(
                choices=[
                    ("message", "a new message"),
                    ("change", "a message changed: tick, edit, reaction, file"),
                    ("chat", "a chat changed"),
                    ("read", "a user read a chat"),
                    ("session", "a number changed"),
                    ("call", "a call"),
                    ("gone", "a message was taken off the screen"),
                    ("access", "what a user may see changed"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="wahaupdate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        ["message", "change", "chat", "read", "session", "call", "gone", "access"],
                    )
                ),
                name="waha_updates_kind",
            ),
        ),
        migrations.AddIndex(
            model_name="wahaseen",
            index=mercury.db.indexes.NamedIndex(fields=["due_at"], name="idx_waha_seen_due"),
        ),
    ]
