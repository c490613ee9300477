"""Index what the page of the audit log filters by."""

from django.db import migrations

import mercury.db.indexes


class Migration(migrations.Migration):
    dependencies = [("audit", "0005_create_audit_seals")]

    operations = [
        migrations.AddIndex(
            model_name="auditlog",
            index=mercury.db.indexes.NamedIndex(
                fields=["content_type", "object_id"], name="idx_audit_logs_record"
            ),
        ),
        migrations.AddIndex(
            model_name="auditlog",
            index=mercury.db.indexes.NamedIndex(fields=["event"], name="idx_audit_logs_event"),
        ),
        migrations.AddIndex(
            model_name="auditlog",
            index=mercury.db.indexes.NamedIndex(
                fields=["remote_addr"], name="idx_audit_logs_address"
            ),
        ),
        migrations.AddIndex(
            model_name="auditlog",
            index=mercury.db.indexes.NamedIndex(fields=["tags"], name="idx_audit_logs_tags"),
        ),
    ]
