"""Ask who is behind LIDs: by chats, members of groups and in bulk."""

from django.db import migrations, models

import mercury.db.indexes


class Migration(migrations.Migration):
    dependencies = [
        ("waha", "0033_index_calls_by_chat"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="wahalookup",
            name="waha_lookups_kind",
        ),
        migrations.AddField(
            model_name="wahalookup",
            name="place",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="wahalookup",
            name="vain",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AlterField(
            model_name="wahalookup",
            name="kind",
            field=models.CharField(
                choices=[
                    ("group", "who is in a group"),
                    ("labels", "the labels of a number"),
                    ("lid", "the phone behind a private id"),
                    ("lids", "the phones behind private ids"),
                    ("members", "the phones of a group's members"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="wahagroupmember",
            index=mercury.db.indexes.NamedIndex(
                fields=["address"], name="idx_waha_group_members_who"
            ),
        ),
        migrations.AddConstraint(
            model_name="wahalookup",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["group", "labels", "lid", "lids", "members"])),
                name="waha_lookups_kind",
            ),
        ),
    ]
