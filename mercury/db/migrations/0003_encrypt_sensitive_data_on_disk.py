from typing import Any

from django.db import migrations

from mercury.db import tablespaces


def encrypt(apps: Any, schema_editor: Any) -> None:
    """ENCRYPTION='Y' where the server has a keyring; `rotate_encryption_keys` makes up for it."""
    if tablespaces.has_keyring(schema_editor.connection):
        tablespaces.encrypt(schema_editor.connection, "sensitive_data")


def decrypt(apps: Any, schema_editor: Any) -> None:
    if tablespaces.is_encrypted(schema_editor.connection, "sensitive_data"):
        tablespaces.decrypt(schema_editor.connection, "sensitive_data")


class Migration(migrations.Migration):
    # MySQL commits around every ALTER TABLE.
    atomic = False

    dependencies = [("mercury_db", "0002_add_replication_heartbeats")]

    operations = [migrations.RunPython(encrypt, decrypt)]
