"""Let more than texts be planned for later."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("waha", "0026_remember_erasures"),
    ]

    operations = [
        migrations.AddField(
            model_name="wahascheduled",
            name="message",
            field=models.JSONField(blank=True, null=True),
        ),
    ]
