"""Encryption keys are rotated: everything readable before, during and after, however it ends."""

import os
import random
import secrets
from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import encrypt
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import User
from mercury.db import encryption, rotation, tablespaces
from mercury.db.models import SensitiveData
from mercury.db.rotation import Column
from tests.factories import make_user
from tests.waha.lifecycle.test_killed import killed_after

pytestmark = [pytest.mark.core, pytest.mark.django_db]

Keys = list[tuple[str, bytes]]
OLD: Keys = [("old", secrets.token_bytes(32))]
NEW: Keys = [("new", secrets.token_bytes(32))]
PHONE = "+447700900{:06d}"
KILLS = int(os.environ.get("ROTATION_KILLS", "5"))
ROWS = int(os.environ.get("ROTATION_ROWS", "1500"))


def rotate(*options: str) -> str:
    out = StringIO()
    call_command("rotate_encryption_keys", *options, stdout=out)
    return out.getvalue()


def under() -> dict[str, set[str]]:
    """{column: ids of the keys its values lie under}."""
    found: dict[str, set[str]] = {}
    for each in rotation.survey():
        found.setdefault(each.place, set()).add(each.key_id)
    return found


@pytest.fixture
def second_factor(settings: Any) -> Any:
    """Somebody's authenticator app and recovery codes, kept under the old key."""
    settings.ENCRYPTION_KEYS = OLD
    user = make_user()
    Authenticator.objects.create(user=user, type="totp", data={"secret": encrypt("JBSWY3DP")})
    codes = {"seed": encrypt("seed-1"), "used_mask": 3}
    return Authenticator.objects.create(user=user, type="recovery_codes", data=codes)


def test_rotation_reaches_every_column_and_the_old_key_may_go(
    settings: Any, second_factor: Any
) -> None:
    user = make_user(encrypted_phone=PHONE.format(1))
    sealed = SensitiveData.objects.seal({"api_key": "s3cret"})
    settings.ENCRYPTION_KEYS = [*NEW, *OLD]

    said = rotate()

    assert "4 values encrypted anew under 'new'." in said
    assert "Nothing needs 'old' any more" in said
    assert set(map(frozenset, under().values())) == {frozenset({"new"})}
    settings.ENCRYPTION_KEYS = NEW
    assert User.objects.get(pk=user.pk).encrypted_phone == PHONE.format(1)
    assert list(User.objects.get_queryset().by_phone(PHONE.format(1))) == [user]
    assert SensitiveData.objects.get(pk=sealed.pk).open() == {"api_key": "s3cret"}
    second_factor.refresh_from_db()
    seed = encryption.decrypt(second_factor.data["seed"], place="mfa_authenticator.data")
    assert (seed, second_factor.data["used_mask"]) == (b"seed-1", 3)


def test_old_key_is_refused_once_it_is_taken_out(settings: Any) -> None:
    settings.ENCRYPTION_KEYS = OLD
    token = encryption.encrypt(b"secret", place="a.b")
    make_user(encrypted_phone=PHONE.format(1))
    settings.ENCRYPTION_KEYS = [*NEW, *OLD]
    rotate()

    settings.ENCRYPTION_KEYS = NEW

    assert [user.encrypted_phone for user in User.objects.get_queryset()] == [PHONE.format(1)]
    with pytest.raises(encryption.DecryptionError, match="'old'"):
        encryption.decrypt(token, place="a.b")


def test_people_are_found_by_phone_while_keys_are_rotated(settings: Any) -> None:
    settings.ENCRYPTION_KEYS = OLD
    before = make_user(encrypted_phone=PHONE.format(1))

    settings.ENCRYPTION_KEYS = [*NEW, *OLD]
    after = make_user(encrypted_phone=PHONE.format(2))

    found = User.objects.get_queryset().by_phone
    assert [*found(PHONE.format(1)), *found(PHONE.format(2))] == [before, after]


def test_a_second_run_finds_nothing_to_do(settings: Any) -> None:
    settings.ENCRYPTION_KEYS = OLD
    make_user(encrypted_phone=PHONE.format(1))
    settings.ENCRYPTION_KEYS = [*NEW, *OLD]
    with pytest.raises(CommandError, match="rotate_encryption_keys"):
        rotate("--check")
    rotate()

    rotate("--check")

    assert "0 values encrypted anew" in rotate()


def test_values_whose_key_is_lost_are_named_and_left_alone(settings: Any) -> None:
    settings.ENCRYPTION_KEYS = [("gone", secrets.token_bytes(32))]
    lost = make_user(encrypted_phone=PHONE.format(1))
    settings.ENCRYPTION_KEYS = OLD
    kept = make_user(encrypted_phone=PHONE.format(2))
    settings.ENCRYPTION_KEYS = [*NEW, *OLD]

    with pytest.raises(CommandError, match=rf"users.encrypted_phone {lost.pk}\. Put the keys"):
        rotate()

    assert User.objects.get(pk=kept.pk).encrypted_phone == PHONE.format(2)
    assert under()["users.encrypted_phone"] == {"gone", "new"}


def test_another_key_under_the_same_name_is_an_error_and_changes_nothing(settings: Any) -> None:
    settings.ENCRYPTION_KEYS = OLD
    make_user(encrypted_phone=PHONE.format(1))
    settings.ENCRYPTION_KEYS = [*NEW, ("old", secrets.token_bytes(32))]

    with pytest.raises(CommandError, match="1 values cannot be read"):
        rotate()

    assert under()["users.encrypted_phone"] == {"old"}


def test_every_encrypted_field_says_where_its_hash_is() -> None:
    columns = rotation.columns()

    assert Column("users", "encrypted_phone", index="phone_index") in columns
    assert len({column.place for column in columns}) == len(columns) >= 3


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_rotation_killed_anywhere_loses_no_value(settings: Any) -> None:
    settings.ENCRYPTION_KEYS = OLD
    fill(ROWS)
    keys = [*NEW, *OLD]
    rng = random.Random(20261122)

    for _ in range(KILLS):
        settings.ENCRYPTION_KEYS = keys = [("next", secrets.token_bytes(32)), *keys]
        keys[0] = (f"k{len(keys)}", keys[0][1])
        killed_after(rng.uniform(0.02, 0.4), lambda: rotation.rotate(size=50))
    done = rotation.rotate()

    settings.ENCRYPTION_KEYS = keys[:1]
    assert done.unreadable == []
    phones = (
        User.objects.get_queryset().order_by("pk").values_list("encrypted_phone", "phone_index")
    )
    place = "users.phone_index"
    assert [
        phone == PHONE.format(n) and index == encryption.keyed_hash(phone, place=place)
        for n, (phone, index) in enumerate(phones)
    ] == [True] * ROWS


def fill(rows: int) -> None:
    """People with a phone each, as many as asked for."""
    place = "users.phone_index"
    for start in range(0, rows, 1000):
        User.objects.bulk_create(
            User(
                name=f"Person {n}",
                email=f"person{n}@example.com",
                password="!",
                encrypted_phone=PHONE.format(n),
                phone_index=encryption.keyed_hash(PHONE.format(n), place=place),
            )
            for n in range(start, min(start + 1000, rows))
        )


@pytest.mark.mysql
def test_sensitive_data_is_encrypted_by_the_server_where_it_has_a_keyring() -> None:
    expected = tablespaces.has_keyring(connection)

    assert tablespaces.is_encrypted(connection, "sensitive_data") is expected
