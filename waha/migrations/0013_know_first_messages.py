"""Know the first message of a chat, and since when we show typing."""

from django.db import migrations, models

import mercury.db.indexes


class Migration(migrations.Migration):
    dependencies = [
        ("waha", "0012_create_paces"),
    ]

    operations = [
        migrations.AddField(
            model_name="wahaoutbox",
            name="is_first",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="wahaoutbox",
            name="typing_since",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="wahaoutbox",
            index=mercury.db.indexes.NamedIndex(
                fields=["session", "is_first", "posted_at"], name="idx_waha_outbox_first"
            ),
        ),
    ]
