"""Let new numbers go to the server with most room."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("waha", "0016_watch_sessions"),
    ]

    operations = [
        migrations.AddField(
            model_name="wahaserver",
            name="accepts_new",
            field=models.BooleanField(
                db_default=True, default=True, verbose_name="takes new numbers"
            ),
        ),
        migrations.AddField(
            model_name="wahaserver",
            name="last_error",
            field=models.CharField(blank=True, db_default="", default="", max_length=255),
        ),
        migrations.AddField(
            model_name="wahaserver",
            name="max_sessions",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Empty: as many as come. New numbers go where there is most room.",
                null=True,
                verbose_name="most numbers",
            ),
        ),
    ]
