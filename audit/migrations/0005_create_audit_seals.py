"""Create the seals over the audit log."""

from django.db import migrations, models

import mercury.db.fields


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_name_the_permission_for_ops")]

    operations = [
        migrations.CreateModel(
            name="AuditSeal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("first_id", models.BigIntegerField()),
                ("last_id", models.BigIntegerField()),
                ("entries", models.PositiveIntegerField()),
                ("gaps", models.JSONField(default=list)),
                ("is_late", models.BooleanField(default=False)),
                ("oldest_at", models.DateTimeField()),
                ("newest_at", models.DateTimeField(db_index=True)),
                ("key_id", models.CharField(max_length=64)),
                ("leaves", models.BinaryField()),
                ("digest", mercury.db.fields.ExactCharField(max_length=64)),
                (
                    "previous_hash",
                    mercury.db.fields.ExactCharField(blank=True, default="", max_length=64),
                ),
                ("hash", mercury.db.fields.ExactCharField(max_length=64)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("purged_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "db_table": "audit_seals",
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["is_late", "first_id"], name="idx_audit_seals_late")
                ],
            },
        ),
    ]
