from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_index_names")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="picture_key",
            field=models.UUIDField(blank=True, editable=False, null=True),
        ),
    ]
