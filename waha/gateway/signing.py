"""The signature on WAHA's webhooks: HMAC-SHA512 over the raw body, in lower-case hex.

Neither headers nor time are signed, so this proves who sent a body, not when.
Source: WAHA's webhook sender, checked against recorded requests.
"""

import hashlib
import hmac
from collections.abc import Iterable

ALGORITHM = "sha512"


def sign(key: str, body: bytes) -> str:
    """Return the signature WAHA puts into `X-Webhook-Hmac`."""
    return hmac.new(key.encode(), body, hashlib.sha512).hexdigest()


def verify(keys: Iterable[str], body: bytes, signature: str | None, algorithm: str | None) -> bool:
    """Tell whether one of `keys` signed `body`; several are valid while a key is changed.

    The algorithm is pinned: the header may confirm it but never choose another. No key, or an
    empty one, verifies nothing. Every key is tried, so time tells nothing about which matched.
    """
    if not signature or not signature.isascii() or algorithm != ALGORITHM:
        return False
    matches = [hmac.compare_digest(sign(key, body), signature) for key in keys if key]
    return any(matches)
