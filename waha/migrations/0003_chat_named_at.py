"""Remember when a chat's name was heard."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("waha", "0002_partition_messages"),
    ]

    operations = [
        migrations.AddField(
            model_name="wahachat",
            name="named_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
