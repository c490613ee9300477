"""Addresses that are marked private: encrypted at rest, found by a keyed hash, seen by few."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import CharField, ExpressionWrapper, F, Q, QuerySet

from accounts.permissions import Can
from crm.models import ContactIdentity, IdentityKind, identity_hashes
from mercury.db import encryption
from mercury.db.encryption import DecryptionError

if TYPE_CHECKING:
    from accounts.models import User

PLACE = "contact_identities.encrypted_value"


@dataclass(frozen=True, slots=True)
class Held:
    """An address of a contact; `value` is None where its encryption key is lost."""

    pk: int
    kind: IdentityKind
    value: str | None
    is_private: bool


def may_see(user: "User") -> bool:
    """Whether private addresses are shown to `user`, who may then mark others."""
    return user.has_perm(Can.SEE_PRIVATE)


def read(rows: "QuerySet[ContactIdentity]") -> list[Held]:
    """Addresses with the private ones decrypted, in the order they were added; 1 query.

    A lost key costs the values that lie under it and nothing else.
    """
    token = ExpressionWrapper(F("encrypted_value"), output_field=CharField())
    columns = rows.annotate(token=token).order_by("pk").values_list("pk", "kind", "value", "token")
    return [
        Held(pk, IdentityKind(kind), _opened(token) if value is None else str(value), value is None)
        for pk, kind, value, token in columns
    ]


def found_by(words: str, user: "User") -> Q:
    """Contacts with a private address that is exactly `words`, for who may see it."""
    if not may_see(user):
        return Q(pk__in=[])
    typed = words.strip().lower()
    digits = "".join(char for char in typed if char.isdigit())
    if "@" in typed:
        kind, value = IdentityKind.EMAIL, typed
    elif digits and not any(char.isalpha() for char in typed):
        kind, value = IdentityKind.PHONE, f"+{digits}"
    else:
        return Q(pk__in=[])
    rows = ContactIdentity.objects.filter(kind=kind, value_index__in=identity_hashes(value))
    return Q(pk__in=rows.values("contact_id"))


def _opened(token: str) -> str | None:
    try:
        return encryption.decrypt(token, place=PLACE).decode()
    except DecryptionError:
        return None
