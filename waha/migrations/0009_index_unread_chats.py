"""Find a user's unread chats without looking at every chat."""

from django.conf import settings
from django.db import migrations, models

import mercury.db.indexes


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0001_create_tables"),
        ("waha", "0008_create_holds"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="chatread",
            name="is_behind",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddIndex(
            model_name="chatread",
            index=mercury.db.indexes.NamedIndex(
                fields=["user", "is_behind", "chat"], name="idx_chat_reads_behind"
            ),
        ),
        migrations.AddIndex(
            model_name="wahachat",
            index=mercury.db.indexes.NamedIndex(
                fields=["session", "in_seq", "read_floor"], name="idx_waha_chats_unread"
            ),
        ),
    ]
