"""Find a chat's calls by time: its thread shows them."""

from django.db import migrations

import mercury.db.indexes


class Migration(migrations.Migration):
    dependencies = [("waha", "0032_label_and_archive_chats")]

    operations = [
        migrations.AddIndex(
            model_name="wahacall",
            index=mercury.db.indexes.NamedIndex(
                fields=["chat", "-started_at", "-id"], name="idx_waha_calls_thread"
            ),
        ),
    ]
