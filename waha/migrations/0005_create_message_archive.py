"""Create the archive of messages, with the columns of messages."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import mercury.db.fields
import mercury.db.ids
import mercury.db.indexes


class Migration(migrations.Migration):
    dependencies = [
        ("waha", "0004_tell_screens_more"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="WahaMessageArchive",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        default=mercury.db.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "message_id",
                    mercury.db.fields.ExactCharField(blank=True, default="", max_length=255),
                ),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("text", "Text"),
                            ("image", "Photo"),
                            ("document", "Document"),
                            ("audio", "Audio"),
                            ("video", "Video"),
                            ("voice", "Voice message"),
                            ("sticker", "Sticker"),
                            ("location", "Location"),
                            ("contact", "Contact"),
                            ("poll", "Poll"),
                            ("system", "Notice"),
                            ("unsupported", "Unsupported message"),
                        ],
                        default="text",
                        max_length=20,
                    ),
                ),
                ("content", models.TextField(blank=True, default="")),
                ("media_url", models.CharField(blank=True, default="", max_length=500)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "waiting to be sent"),
                            ("unknown", "not confirmed"),
                            ("failed", "not sent"),
                            ("sent", "sent"),
                            ("received", "received"),
                            ("delivered", "delivered"),
                            ("read", "read"),
                            ("played", "played"),
                        ],
                        max_length=20,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("wa_at", models.DateTimeField(blank=True, null=True)),
                ("stored_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("from_me", models.BooleanField(default=False)),
                (
                    "sender_id",
                    mercury.db.fields.ExactCharField(blank=True, default="", max_length=255),
                ),
                ("sender_name", models.CharField(blank=True, default="", max_length=255)),
                (
                    "reply_to_message_id",
                    mercury.db.fields.ExactCharField(blank=True, default="", max_length=255),
                ),
                ("edited_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                ("in_seq", models.BigIntegerField(blank=True, null=True)),
                ("media_mime", models.CharField(blank=True, default="", max_length=255)),
                ("media_name", models.CharField(blank=True, default="", max_length=255)),
                ("media_size", models.BigIntegerField(blank=True, null=True)),
                ("media_seconds", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "media_state",
                    models.CharField(
                        choices=[
                            ("none", "no file"),
                            ("pending", "being fetched"),
                            ("stored", "stored"),
                            ("missing", "missing"),
                        ],
                        default="none",
                        max_length=10,
                    ),
                ),
                ("error", models.TextField(blank=True, default="")),
                ("extra", models.JSONField(blank=True, default=dict)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
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
                    "sent_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                "verbose_name": "archived message",
                "verbose_name_plural": "archived messages",
                "db_table": "waha_messages_archive",
                "default_permissions": ("view",),
                "indexes": [
                    mercury.db.indexes.NamedIndex(
                        fields=["session"], name="idx_archive_messages_session"
                    ),
                    mercury.db.indexes.NamedIndex(
                        fields=["created_at"], name="idx_archive_messages_created"
                    ),
                    mercury.db.indexes.NamedIndex(
                        fields=["chat", "-created_at", "-id"], name="idx_archive_messages_thread"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "type__in",
                                [
                                    "text",
                                    "image",
                                    "document",
                                    "audio",
                                    "video",
                                    "voice",
                                    "sticker",
                                    "location",
                                    "contact",
                                    "poll",
                                    "system",
                                    "unsupported",
                                ],
                            )
                        ),
                        name="waha_messages_archive_type",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                [
                                    "pending",
                                    "unknown",
                                    "failed",
                                    "sent",
                                    "received",
                                    "delivered",
                                    "read",
                                    "played",
                                ],
                            )
                        ),
                        name="waha_messages_archive_status",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("media_state__in", ["none", "pending", "stored", "missing"])
                        ),
                        name="waha_messages_archive_media_state",
                    ),
                ],
            },
        ),
    ]
