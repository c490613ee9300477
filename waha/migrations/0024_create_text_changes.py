"""What Elasticsearch is still to hear of."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("waha", "0023_begin_text_rebuild"),
    ]

    operations = [
        migrations.CreateModel(
            name="WahaTextChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text_id", models.BigIntegerField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "db_table": "waha_text_changes",
            },
        ),
    ]
