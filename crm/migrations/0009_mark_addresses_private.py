"""Addresses of contacts may be marked private: encrypted, found by a keyed hash."""

from django.db import migrations, models

import mercury.db.encryption
import mercury.db.fields


def put_in_clear(apps, schema_editor):
    """The way back: there is no column for what is encrypted then."""
    rows = apps.get_model("crm", "ContactIdentity").objects.filter(value__isnull=True)
    for row in rows.iterator(chunk_size=500):
        row.value, row.encrypted_value, row.value_index = row.encrypted_value, "", None
        row.save(update_fields=["value", "encrypted_value", "value_index"])


class AllowNull(migrations.AlterField):
    """AlterField on MySQL forgets the collation of a column whose NULL it changes."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        super().database_forwards(app_label, schema_editor, from_state, to_state)
        model, there = to_state.apps.get_model(app_label, self.model_name), schema_editor.connection
        if there.vendor == "mysql" and self.allow_migrate_model(there.alias, model):
            field = model._meta.get_field(self.name)
            null = "NULL" if field.null else "NOT NULL"
            schema_editor.execute(
                f"ALTER TABLE {model._meta.db_table} MODIFY {field.column} "
                f"{field.db_type(there)} COLLATE utf8mb4_bin {null}"
            )


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0008_create_merges"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="contact",
            options={
                "ordering": ["name", "pk"],
                "permissions": [
                    ("manage_leads", "Can manage leads"),
                    ("see_private", "See addresses that are marked private"),
                ],
                "verbose_name": "contact",
                "verbose_name_plural": "contacts",
            },
        ),
        migrations.AddField(
            model_name="contactidentity",
            name="encrypted_value",
            field=mercury.db.encryption.EncryptedCharField(
                blank=True, db_default="", default="", editable=False, max_length=1500
            ),
        ),
        migrations.AddField(
            model_name="contactidentity",
            name="value_index",
            field=mercury.db.fields.ExactCharField(editable=False, max_length=64, null=True),
        ),
        AllowNull(
            model_name="contactidentity",
            name="value",
            field=mercury.db.fields.ExactCharField(max_length=255, null=True),
        ),
        migrations.AddConstraint(
            model_name="contactidentity",
            constraint=models.UniqueConstraint(
                fields=("kind", "value_index"), name="contact_identities_value_index"
            ),
        ),
        migrations.AddConstraint(
            model_name="contactidentity",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("encrypted_value", ""),
                        ("value__isnull", False),
                        ("value_index__isnull", True),
                    ),
                    models.Q(
                        ("value__isnull", True),
                        ("value_index__isnull", False),
                        models.Q(("encrypted_value", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="contact_identities_private",
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, put_in_clear),
    ]
