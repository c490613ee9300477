"""Give errors a kind and a mail that is due."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0006_index_audit_lists")]

    operations = [
        migrations.AddField(
            model_name="errorlog",
            name="alert_due_at",
            field=models.DateTimeField(blank=True, db_index=True, null=True),
        ),
        migrations.AddField(
            model_name="errorlog",
            name="kind",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=255, verbose_name="kind"
            ),
        ),
        migrations.AddIndex(
            model_name="errorlog",
            index=models.Index(
                fields=["resolved_at", "last_seen_at", "id"], name="idx_error_logs_state"
            ),
        ),
        migrations.AddIndex(
            model_name="errorlog",
            index=models.Index(fields=["last_seen_at", "id"], name="idx_error_logs_last"),
        ),
    ]
