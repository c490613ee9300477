from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_create_sign_ins")]

    operations = [
        migrations.CreateModel(
            name="BrowserSession",
            fields=[
                (
                    "session_key",
                    models.CharField(
                        max_length=40, primary_key=True, serialize=False, verbose_name="session key"
                    ),
                ),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                ("user_id", models.BigIntegerField(db_index=True, null=True)),
                ("sign_in_id", models.BigIntegerField(null=True)),
            ],
            options={
                "db_table": "browser_sessions",
                "default_permissions": (),
            },
        ),
    ]
