"""The secrets of an installation: read, checked, and made once for an embedded one."""

import base64
import binascii
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from mercury.environment import VAR_DIR, env

MAKE = "Run `python manage.py make_env` to write a .env with fresh secrets."


def secret_key(*, embedded: bool) -> str:
    """SECRET_KEY; an embedded installation (PUBLIC_URL on http) makes and keeps its own."""
    key = str(env.str("SECRET_KEY", default=""))
    if not key and embedded:
        key = _kept("secret_key", lambda: secrets.token_urlsafe(50))
    if not key:
        raise ImproperlyConfigured(f"SECRET_KEY is not set. {MAKE}")
    if len(key) < 32:
        raise ImproperlyConfigured(f"SECRET_KEY is shorter than 32 characters. {MAKE}")
    return key


def encryption_keys(*, embedded: bool) -> list[tuple[str, bytes]]:
    """ENCRYPTION_KEYS as (id, 32 bytes); the first one writes, all of them read."""
    text = str(env.str("ENCRYPTION_KEYS", default=""))
    if not text and embedded:
        text = _kept("encryption_keys", new_encryption_key)
    if not text:
        raise ImproperlyConfigured(f"ENCRYPTION_KEYS is not set. {MAKE}")
    return [_key(part.strip()) for part in text.split(",") if part.strip()]


def new_encryption_key() -> str:
    """A fresh `id:base64` key of 256 bits."""
    return f"k{secrets.token_hex(3)}:{base64.b64encode(secrets.token_bytes(32)).decode()}"


def _key(part: str) -> tuple[str, bytes]:
    key_id, _, encoded = part.partition(":")
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        key = b""
    if not key_id or len(key) != 32:
        raise ImproperlyConfigured(
            "ENCRYPTION_KEYS must be `id:base64` of 32 bytes, several separated by commas. " + MAKE
        )
    return key_id, key


def _kept(name: str, make: Callable[[], str]) -> str:
    """The secret in var/secrets/<name>, made on first use, readable by its owner alone."""
    folder = VAR_DIR / "secrets"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path: Path = folder / name
    try:
        # O_EXCL: of two processes starting at once one writes, the other reads.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text()
    value = make()
    with os.fdopen(handle, "w") as file:
        file.write(value)
    return value
