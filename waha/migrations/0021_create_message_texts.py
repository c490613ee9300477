"""The searchable words of messages, and how far a rebuilding of them is."""

import django.db.models.deletion
from django.db import migrations, models

import mercury.db.indexes
import waha.models.text


class Migration(migrations.Migration):
    dependencies = [
        ("waha", "0020_create_gaps"),
    ]

    operations = [
        migrations.CreateModel(
            name="WahaTextRebuild",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("source", models.CharField(max_length=100, unique=True)),
                ("last_id", models.BigIntegerField(default=0)),
                ("done", models.BigIntegerField(default=0)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "db_table": "waha_text_rebuilds",
            },
        ),
        migrations.CreateModel(
            name="WahaMessageText",
            fields=[
                ("id", models.BigIntegerField(editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField()),
                ("from_me", models.BooleanField()),
                ("type", models.CharField(max_length=20)),
                ("words", waha.models.text.WordsField(blank=True, default="")),
                (
                    "chat",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="waha.wahachat",
                    ),
                ),
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
                "db_table": "waha_message_texts",
                "indexes": [
                    mercury.db.indexes.NamedIndex(
                        fields=["session", "-created_at", "-id"],
                        name="idx_waha_message_texts_session",
                    ),
                    mercury.db.indexes.NamedIndex(
                        fields=["chat", "-created_at", "-id"], name="idx_waha_message_texts_chat"
                    ),
                ],
            },
        ),
    ]
