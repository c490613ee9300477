"""Create the tables of labels and of the chats that have them."""

import django.db.models.deletion
from django.db import migrations, models

import mercury.db.fields
import mercury.db.indexes


class Migration(migrations.Migration):
    dependencies = [
        ("waha", "0028_create_marks"),
    ]

    operations = [
        migrations.CreateModel(
            name="WahaLabel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("label_id", mercury.db.fields.ExactCharField(max_length=255)),
                ("name", models.CharField(blank=True, default="", max_length=100)),
                ("color", models.CharField(blank=True, default="", max_length=20)),
                ("is_removed", models.BooleanField(default=False)),
                ("heard_at", models.DateTimeField(blank=True, null=True)),
                (
                    "session",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="labels",
                        to="waha.wahasession",
                    ),
                ),
            ],
            options={
                "verbose_name": "label",
                "verbose_name_plural": "labels",
                "db_table": "waha_labels",
                "ordering": ["name", "pk"],
            },
        ),
        migrations.CreateModel(
            name="WahaChatLabel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("is_set", models.BooleanField(default=True)),
                ("heard_at", models.DateTimeField()),
                (
                    "chat",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="chat_labels",
                        to="waha.wahachat",
                    ),
                ),
                (
                    "label",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="chat_labels",
                        to="waha.wahalabel",
                    ),
                ),
            ],
            options={
                "db_table": "waha_chat_labels",
            },
        ),
        migrations.AddConstraint(
            model_name="wahalabel",
            constraint=models.UniqueConstraint(
                fields=("session", "label_id"), name="waha_labels_label_id"
            ),
        ),
        migrations.AddIndex(
            model_name="wahachatlabel",
            index=mercury.db.indexes.NamedIndex(
                fields=["label", "is_set", "chat"], name="idx_waha_chat_labels_label"
            ),
        ),
        migrations.AddConstraint(
            model_name="wahachatlabel",
            constraint=models.UniqueConstraint(
                fields=("chat", "label"), name="waha_chat_labels_chat_label"
            ),
        ),
    ]
