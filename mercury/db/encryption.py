"""AES-256-GCM under named keys: what a stolen dump must not give away."""

import base64
import hashlib
import hmac
import logging
import secrets
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

logger = logging.getLogger(__name__)

VERSION = "v1"
_told: set[tuple[str, str]] = set()


class DecryptionError(Exception):
    """A value cannot be read: its key is not in ENCRYPTION_KEYS, or it was changed or moved."""


def encrypt(plain: bytes, *, place: str) -> str:
    """`v1:key id:base64(nonce and ciphertext)` under the first key, bound to `place`."""
    key_id, key = settings.ENCRYPTION_KEYS[0]
    nonce = secrets.token_bytes(12)
    sealed = nonce + AESGCM(key).encrypt(nonce, plain, place.encode())
    return f"{VERSION}:{key_id}:{base64.b64encode(sealed).decode()}"


def decrypt(token: str, *, place: str) -> bytes:
    """The plain bytes; raises DecryptionError, never returns something else instead."""
    version, _, rest = token.partition(":")
    key_id, _, encoded = rest.partition(":")
    key = dict(settings.ENCRYPTION_KEYS).get(key_id)
    if version != VERSION or key is None:
        raise DecryptionError(f"No key {key_id!r} in ENCRYPTION_KEYS for {place}.")
    try:
        sealed = base64.b64decode(encoded, validate=True)
        return AESGCM(key).decrypt(sealed[:12], sealed[12:], place.encode())
    except (ValueError, InvalidTag) as error:
        raise DecryptionError(
            f"A value of {place} was changed or moved, or key {key_id!r} is not the one it was "
            "written under."
        ) from error


def key_of(token: str) -> str:
    """The id of the key that `token` was written under."""
    return token.split(":", 2)[1]


def keyed_hash(value: str, *, place: str) -> str:
    """64 hex characters to find an encrypted value by, computable only with our first key."""
    return _hash(value, place, settings.ENCRYPTION_KEYS[0][1])


def keyed_hashes(value: str, *, place: str) -> list[str]:
    """The same under every key: what a look-up must ask for while keys are being rotated."""
    return [_hash(value, place, key) for _id, key in settings.ENCRYPTION_KEYS]


def fingerprint(key: bytes) -> str:
    """16 hex characters that tell whether two keys are the same and nothing else of them."""
    return HKDF(SHA256(), 8, None, b"fingerprint").derive(key).hex()


def _hash(value: str, place: str, key: bytes) -> str:
    derived = HKDF(SHA256(), 32, None, f"index:{place}".encode()).derive(key)
    return hmac.new(derived, value.encode(), hashlib.sha256).hexdigest()


class Unreadable(str):
    """A stored value that no key opens: reads as nothing, and is written back as it was.

    A lost key must not lock people out of everything else, nor cost the values should it return.
    """

    __slots__ = ("token",)
    token: str

    def __new__(cls, token: str) -> "Unreadable":
        made = super().__new__(cls, "")
        made.token = token
        return made


class EncryptedCharField(models.CharField):  # type: ignore[type-arg]  # no [] at run time
    """Text stored encrypted, bound to its table and column; Unreadable where no key opens it.

    Look-ups go through a keyed hash, in the column `index` of the same table when it has one.
    """

    def __init__(self, *args: Any, index: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.index = index  # of no interest to migrations

    @property
    def place(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}"

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, Unreadable):
            return value.token
        value = super().get_prep_value(value)
        return encrypt(value.encode(), place=self.place) if value else value

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        if not value:
            return value
        try:
            return decrypt(value, place=self.place).decode()
        except DecryptionError as error:
            if (self.place, key_of(value)) not in _told:  # once a process, not once a row
                _told.add((self.place, key_of(value)))
                logger.error("%s `manage.py doctor` says what to do.", error)
            return Unreadable(value)

    def save_form_data(self, instance: models.Model, data: Any) -> None:
        """Take what was typed; a field left empty keeps what cannot be read."""
        if data or not isinstance(getattr(instance, self.attname), Unreadable):
            super().save_form_data(instance, data)
