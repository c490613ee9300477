"""Watch over numbers: what failed, what was lost, what people want."""

from django.db import migrations, models

import mercury.db.fields


class Migration(migrations.Migration):
    dependencies = [
        ("waha", "0015_count_events"),
    ]

    operations = [
        migrations.AddField(
            model_name="wahasession",
            name="alarm",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "none"),
                    ("silent", "nothing comes in at a time when there is always something"),
                    ("deaf", "messages reach WAHA but not us"),
                    ("config", "WAHA does not keep our settings"),
                ],
                db_default="",
                default="",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="wahasession",
            name="alarm_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="wahasession",
            name="came_from",
            field=models.CharField(blank=True, db_default="", default="", max_length=50),
        ),
        migrations.AddField(
            model_name="wahasession",
            name="config_put_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="wahasession",
            name="is_wanted",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="wahasession",
            name="left_working_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="wahasession",
            name="push_name",
            field=models.CharField(blank=True, db_default="", default="", max_length=255),
        ),
        migrations.AddField(
            model_name="wahasession",
            name="reconciled_to",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="wahasession",
            name="removed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="wahasession",
            name="restarted_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="wahasession",
            name="stranger_id",
            field=mercury.db.fields.ExactCharField(
                blank=True, db_default="", default="", max_length=255
            ),
        ),
        migrations.AddConstraint(
            model_name="wahasession",
            constraint=models.CheckConstraint(
                condition=models.Q(("alarm__in", ["", "silent", "deaf", "config"])),
                name="waha_sessions_alarm",
            ),
        ),
    ]
