"""State only: the permissions to assign and export chats."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("waha", "0010_index_pinned_chats"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="wahachat",
            options={
                "permissions": [
                    ("assign_wahachat", "Can assign chats"),
                    ("export_wahachat", "Can export chats"),
                ],
                "verbose_name": "chat",
                "verbose_name_plural": "chats",
            },
        ),
    ]
