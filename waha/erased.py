"""Whom we have erased, so that no history and no late webhook brings back what is older.

Addresses are kept as keyed hashes: they can be recognised and not be read. The key is made with
the first erasure, sealed like every secret, and so stays the same when keys are rotated.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime

from mercury.db.models import SensitiveData
from waha.models import WahaErased


def remember(addresses: Iterable[str], *, at: datetime) -> None:
    """Note that what these addresses wrote or got until `at` was erased.

    The caller keeps other erasures out meanwhile: there is one key for all.
    """
    secret = _secret() or SensitiveData.objects.seal({"key": secrets.token_hex(32)})
    for name in sorted(_hashes(secret, addresses)):
        WahaErased.objects.update_or_create(
            address_hash=name, defaults={"erased_at": at, "secret": secret}
        )


def until(addresses: Iterable[str]) -> dict[str, datetime]:
    """{address: until when it was erased} of those that were.

    Costs one query while nobody was ever erased, else two.
    """
    wanted = set(addresses) - {""}
    secret = _secret() if wanted else None
    if secret is None:
        return {}
    hashes = _hashes(secret, wanted)
    found = WahaErased.objects.filter(address_hash__in=list(hashes))
    return {hashes[name]: at for name, at in found.values_list("address_hash", "erased_at")}


def _secret() -> SensitiveData | None:
    row = WahaErased.objects.select_related("secret").first()
    return row.secret if row else None


def _hashes(secret: SensitiveData, addresses: Iterable[str]) -> dict[str, str]:
    """{hash: address}."""
    key = bytes.fromhex(secret.open()["key"])
    return {
        hmac.new(key, address.encode(), hashlib.sha256).hexdigest(): address
        for address in addresses
    }
