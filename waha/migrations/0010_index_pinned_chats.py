"""Find a number's few pinned chats without looking at every chat."""

from django.db import migrations

import mercury.db.indexes


class Migration(migrations.Migration):
    dependencies = [("waha", "0009_index_unread_chats")]

    operations = [
        migrations.AddIndex(
            model_name="wahachat",
            index=mercury.db.indexes.NamedIndex(
                fields=["session", "pinned"], name="idx_waha_chats_session_pinned"
            ),
        ),
    ]
