"""Know who may write in groups, and what our own number is in them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("waha", "0034_look_up_identities"),
    ]

    operations = [
        migrations.AddField(
            model_name="wahagroup",
            name="only_admins",
            field=models.BooleanField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="wahagroup",
            name="only_admins_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="wahagroup",
            name="own_role",
            field=models.CharField(blank=True, db_default="", default="", max_length=20),
        ),
    ]
