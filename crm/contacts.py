"""Contacts: made and changed with their addresses, which other apps may look up."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from audit import log, tracking
from crm.models import Company, Contact, ContactIdentity, IdentityKind

if TYPE_CHECKING:
    from accounts.models import User

Listener = Callable[[Contact], None]
Address = tuple[IdentityKind, str]

# Chats lie to the right of this app; waha ties those without a contact to one that fits.
_listeners: list[Listener] = []


class AddressTaken(Exception):
    """An address already stands on another contact; the text is fit to show."""

    def __init__(self, value: str, owner: Contact) -> None:
        super().__init__(
            _("%(address)s already belongs to another contact. Merge the two, or remove it there.")
            % {"address": value}
        )
        self.owner = owner


def on_addresses(listener: Listener) -> None:
    """Call `listener(contact)` in the transaction in which a contact's addresses changed."""
    _listeners.append(listener)


@transaction.atomic
def create(
    *, name: str, company: Company | None = None, addresses: Iterable[Address] = (), by: "User"
) -> Contact:
    """Add a contact. Raises AddressTaken."""
    with tracking.told_by(by):
        contact = Contact.objects.create(name=name, company=company, created_by=by)
    _add(contact, addresses)
    tell(contact)
    return contact


@transaction.atomic
def change(
    contact: Contact,
    *,
    name: str,
    company: Company | None,
    addresses: Iterable[Address] | None,
    by: "User",
) -> None:
    """Save what differs; None leaves the addresses as they are. Raises AddressTaken.

    Only phones and e-mail addresses are people's to change: WhatsApp's own stay.
    """
    changed = [
        field
        for field, value in (("name", name), ("company_id", company.pk if company else None))
        if getattr(contact, field) != value
    ]
    contact.name, contact.company = name, company
    if addresses is not None and _replace(contact, set(addresses)):
        changed.append("addresses")
    if not changed:
        return
    with tracking.told_by(by):
        contact.save(update_fields=["name", "company", "updated_at"])
    if "addresses" in changed:
        log.record("contact.readdressed", target=contact, by=by)
    tell(contact)


def addresses_of(contact: Contact) -> list[Address]:
    """Phones and e-mail addresses, in the order they were added."""
    rows = contact.identities.filter(kind__in=(IdentityKind.PHONE, IdentityKind.EMAIL))
    return [
        (IdentityKind(kind), value)
        for kind, value in rows.order_by("pk").values_list("kind", "value")
    ]


def tell(contact: Contact) -> None:
    """Let other apps know that the addresses of a contact may have changed."""
    for listener in _listeners:
        listener(contact)


def _replace(contact: Contact, wanted: set[Address]) -> bool:
    had = set(addresses_of(contact))
    gone = had - wanted
    for kind, value in gone:
        contact.identities.filter(kind=kind, value=value).delete()
    _add(contact, sorted(wanted - had))
    return had != wanted


def _add(contact: Contact, addresses: Iterable[Address]) -> None:
    for kind, value in addresses:
        owner = _owner(kind, value)
        if owner is not None and owner.pk != contact.pk:
            raise AddressTaken(value, owner)
        try:
            with transaction.atomic():
                ContactIdentity.objects.create(contact=contact, kind=kind, value=value)
        except IntegrityError as error:  # somebody added it in this moment
            owner = _owner(kind, value)
            if owner is None:
                raise
            raise AddressTaken(value, owner) from error


def _owner(kind: IdentityKind, value: str) -> Contact | None:
    row = ContactIdentity.objects.select_related("contact").filter(kind=kind, value=value).first()
    return row.contact if row else None
