"""What lies encrypted, bound to its place, under named keys."""

import secrets
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from mercury.db import encryption
from mercury.db.models import SensitiveData

PHONE = "+447700900123"


def keys(*names: str) -> list[tuple[str, bytes]]:
    return [(name, secrets.token_bytes(32)) for name in names]


@pytest.mark.core
@pytest.mark.django_db
def test_a_phone_is_unreadable_in_the_table_and_found_by_its_hash() -> None:
    user = User.objects.create_user("olga@example.com", name="Olga", encrypted_phone=PHONE)

    with connection.cursor() as cursor:
        cursor.execute("SELECT encrypted_phone, phone_index FROM users WHERE id = %s", [user.pk])
        stored = cursor.fetchone()

    assert PHONE not in "".join(stored)
    assert User.objects.get(pk=user.pk).encrypted_phone == PHONE
    assert list(User.objects.get_queryset().by_phone(PHONE)) == [user]


@pytest.mark.core
@pytest.mark.django_db
def test_sensitive_data_opens_to_what_was_sealed() -> None:
    row = SensitiveData.objects.seal({"api_key": "s3cret-käy"})

    found = SensitiveData.objects.get(pk=row.pk)

    assert b"s3cret" not in bytes(found.encrypted_content)
    assert found.open() == {"api_key": "s3cret-käy"}


def test_a_value_moved_to_another_column_is_refused() -> None:
    token = encryption.encrypt(b"secret", place="users.encrypted_phone")

    with pytest.raises(encryption.DecryptionError, match="changed or moved"):
        encryption.decrypt(token, place="users.name")


def test_a_changed_value_is_refused() -> None:
    token = encryption.encrypt(b"secret", place="a.b")
    changed = token[:-4] + ("AAA=" if not token.endswith("AAA=") else "BBB=")

    with pytest.raises(encryption.DecryptionError):
        encryption.decrypt(changed, place="a.b")


def test_a_new_first_key_writes_and_the_old_one_still_reads(settings: Any) -> None:
    settings.ENCRYPTION_KEYS = keys("old")
    token = encryption.encrypt(b"secret", place="a.b")
    index = encryption.keyed_hash("secret", place="a.b")

    settings.ENCRYPTION_KEYS = [*keys("new"), *settings.ENCRYPTION_KEYS]

    assert encryption.decrypt(token, place="a.b") == b"secret"
    assert encryption.key_of(encryption.encrypt(b"x", place="a.b")) == "new"
    assert encryption.keyed_hash("secret", place="a.b") != index
    assert index in encryption.keyed_hashes("secret", place="a.b")


def test_a_lost_key_is_named_in_the_error(settings: Any) -> None:
    settings.ENCRYPTION_KEYS = keys("old")
    token = encryption.encrypt(b"secret", place="a.b")
    settings.ENCRYPTION_KEYS = keys("new")

    with pytest.raises(encryption.DecryptionError, match="'old'"):
        encryption.decrypt(token, place="a.b")
