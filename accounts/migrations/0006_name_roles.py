from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_create_browser_sessions"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="role",
            options={
                "ordering": ["guard_name", "name"],
                "verbose_name": "role",
                "verbose_name_plural": "roles",
            },
        ),
    ]
