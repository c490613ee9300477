"""State only: the permission for the pages of /ops/."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0003_compare_fingerprints_exactly"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="errorlog",
            options={
                "ordering": ["-last_seen_at", "-pk"],
                "permissions": [("view_ops", "Can see how the installation runs")],
                "verbose_name": "error",
                "verbose_name_plural": "error log",
            },
        ),
    ]
