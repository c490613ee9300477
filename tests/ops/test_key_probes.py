"""What the doctor says of the encryption keys."""

import secrets
from typing import Any

import pytest

from mercury.db import tablespaces
from mercury.ops.findings import State
from mercury.ops.key_probes import encryption_keys
from tests.factories import make_user

pytestmark = [pytest.mark.django_db]

PHONE = "+447700900123"


def key(name: str) -> tuple[str, bytes]:
    return name, secrets.token_bytes(32)


def found(*keys: tuple[str, bytes], settings: Any) -> tuple[State, str]:
    settings.ENCRYPTION_KEYS = list(keys)
    finding = encryption_keys()[0]
    return finding.state, finding.sentence


def test_keys_are_well_while_everything_opens(settings: Any) -> None:
    settings.ENCRYPTION_KEYS = [one := key("one")]
    make_user(encrypted_phone=PHONE)

    state, sentence = found(one, settings=settings)

    assert state is State.OK
    assert sentence.startswith("Everything can be read with one. Losing it loses")


def test_a_lost_or_exchanged_key_is_broken(settings: Any) -> None:
    settings.ENCRYPTION_KEYS = [key("one")]
    make_user(encrypted_phone=PHONE)
    words = "1 encrypted values cannot be read: ENCRYPTION_KEYS lacks one or has another key under"

    states = [found(key(name), settings=settings) for name in ("two", "one")]

    assert [(state, said.startswith(words)) for state, said in states] == [(State.BROKEN, True)] * 2


def test_a_key_that_is_to_be_rotated_or_taken_out_is_a_warning(settings: Any) -> None:
    settings.ENCRYPTION_KEYS = [one := key("one")]
    make_user(encrypted_phone=PHONE)

    behind = found(key("two"), one, settings=settings)
    idle = found(one, key("zero"), settings=settings)

    assert behind == (State.WARNING, "1 values still lie under an older key than two.")
    assert idle == (State.WARNING, "Nothing lies under zero any more.")


@pytest.mark.parametrize(("on", "state"), [(True, State.OK), (False, State.WARNING)])
def test_a_keyring_that_is_not_used_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, on: bool, state: State
) -> None:
    monkeypatch.setattr(tablespaces, "has_keyring", lambda connection: True)
    monkeypatch.setattr(tablespaces, "is_encrypted", lambda connection, table: on)

    disk = encryption_keys()[1]

    assert (disk.name, disk.state) == ("encryption on disk", state)
