"""Show labels on chats, and know when the archive was last spoken of."""

from django.conf import settings
from django.db import migrations, models

import mercury.db.indexes


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0008_create_merges"),
        ("waha", "0031_create_lookups"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="wahachat",
            name="archive_heard_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="wahachat",
            name="labels",
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="wahachat",
            index=mercury.db.indexes.NamedIndex(
                fields=["session", "archived_at"], name="idx_waha_chats_archived"
            ),
        ),
    ]
