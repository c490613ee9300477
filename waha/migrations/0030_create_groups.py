"""Create the tables of groups and their members."""

import django.db.models.deletion
from django.db import migrations, models

import mercury.db.fields
import mercury.db.indexes


class Migration(migrations.Migration):
    dependencies = [
        ("waha", "0029_create_labels"),
    ]

    operations = [
        migrations.CreateModel(
            name="WahaGroup",
            fields=[
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "chat",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="group",
                        serialize=False,
                        to="waha.wahachat",
                    ),
                ),
                ("members_at", models.DateTimeField(blank=True, null=True)),
                ("left_at", models.DateTimeField(blank=True, null=True)),
                ("moved_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "db_table": "waha_groups",
            },
        ),
        migrations.CreateModel(
            name="WahaGroupMember",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("address", mercury.db.fields.ExactCharField(max_length=255)),
                ("phone", mercury.db.fields.ExactCharField(blank=True, default="", max_length=255)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("participant", "member"),
                            ("admin", "admin"),
                            ("superadmin", "made the group"),
                        ],
                        default="participant",
                        max_length=20,
                    ),
                ),
                ("is_in", models.BooleanField(default=True)),
                ("heard_at", models.DateTimeField()),
                (
                    "chat",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="members",
                        to="waha.wahachat",
                    ),
                ),
            ],
            options={
                "db_table": "waha_group_members",
                "indexes": [
                    mercury.db.indexes.NamedIndex(
                        fields=["chat", "is_in"], name="idx_waha_group_members_in"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("chat", "address"), name="waha_group_members_address"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["participant", "admin", "superadmin"])),
                        name="waha_group_members_role",
                    ),
                ],
            },
        ),
    ]
