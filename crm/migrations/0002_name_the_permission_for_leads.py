"""State only: the permission to work leads."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0001_create_tables"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="contact",
            options={
                "ordering": ["name", "pk"],
                "permissions": [("manage_leads", "Can manage leads")],
                "verbose_name": "contact",
                "verbose_name_plural": "contacts",
            },
        ),
    ]
