from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_hold_allauths_rules")]

    operations = [
        migrations.AlterModelOptions(
            name="user",
            options={
                "permissions": [("see_phones", "See phone numbers in full")],
                "verbose_name": "user",
                "verbose_name_plural": "users",
            },
        ),
    ]
