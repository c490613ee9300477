"""Looks at the encryption keys: whether everything encrypted can be read with them."""

from django.conf import settings
from django.db import connection

from mercury.db import encryption, rotation, tablespaces
from mercury.db.encryption import DecryptionError
from mercury.ops.findings import Finding, broken, ok, warning

ROTATE = "Run `python manage.py rotate_encryption_keys`."
BACK = (
    "Put the right one back into ENCRYPTION_KEYS, from your backup of .env, and start again. "
    "What is encrypted under a lost key is lost: it must be entered anew."
)


def encryption_keys() -> list[Finding]:
    """Whether each key that something was encrypted under is here, and the right one."""
    kept = rotation.survey()
    unread = sorted({each.key_id for each in kept if not _opens(each.sample, each.place)})
    if unread:
        values = sum(each.values for each in kept if each.key_id in unread)
        return [
            broken(
                "encryption keys",
                f"{values:,} encrypted values cannot be read: ENCRYPTION_KEYS lacks "
                f"{', '.join(unread)} or has another key under that name.",
                BACK,
            )
        ]
    first, *others = [key_id for key_id, _key in settings.ENCRYPTION_KEYS]
    old = sum(each.values for each in kept if each.key_id != first)
    if old:
        words = f"{old:,} values still lie under an older key than {first}."
        return [warning("encryption keys", words, ROTATE), *_disk()]
    if others:
        words = f"Nothing lies under {', '.join(others)} any more."
        mend = "Take it out of ENCRYPTION_KEYS and keep it with the backups made before."
        return [warning("encryption keys", words, mend), *_disk()]
    words = (
        f"Everything can be read with {first}. Losing it loses users' phones, keys of WAHA "
        "and second factors: keep a copy of .env apart from the database."
    )
    return [ok("encryption keys", words), *_disk()]


def _opens(token: str, place: str) -> bool:
    try:
        encryption.decrypt(token, place=place)
    except DecryptionError:
        return False
    return True


def _disk() -> list[Finding]:
    """Whether the server encrypts sensitive_data too, where it could."""
    if not tablespaces.has_keyring(connection):
        return []
    if tablespaces.is_encrypted(connection, "sensitive_data"):
        return [ok("encryption on disk", "The server keeps sensitive_data encrypted.")]
    words = "The server has a keyring, but keeps sensitive_data as it is."
    return [warning("encryption on disk", words, ROTATE)]
