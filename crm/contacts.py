"""Contacts: made and changed with their addresses, which other apps may look up."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from audit import log, tracking
from crm import private
from crm.models import Company, Contact, ContactIdentity, IdentityKind
from crm.phone_forms import spellings
from crm.private import Held

if TYPE_CHECKING:
    from accounts.models import User

Listener = Callable[[Contact], None]
Address = tuple[IdentityKind, str]
TYPED = (IdentityKind.PHONE, IdentityKind.EMAIL)
"""What people write down themselves."""

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
    *,
    name: str,
    company: Company | None = None,
    addresses: Iterable[Address] = (),
    private: Iterable[Address] = (),
    by: "User",
) -> Contact:
    """Add a contact; `private` are addresses to be kept encrypted. Raises AddressTaken."""
    with tracking.told_by(by):
        contact = Contact.objects.create(name=name, company=company, created_by=by)
    hidden = set(private)
    _add(contact, sorted(hidden), private=True)
    _add(contact, [each for each in addresses if each not in hidden], private=False)
    tell(contact)
    return contact


@transaction.atomic
def change(
    contact: Contact,
    *,
    name: str,
    company: Company | None,
    addresses: Iterable[Address] | None,
    private: Iterable[Address] | None = None,
    by: "User",
) -> None:
    """Save what differs; None leaves the addresses as they are. Raises AddressTaken.

    Only phones and e-mail addresses are people's to change: WhatsApp's own stay. An address
    that moves between `addresses` and `private` is encrypted, or put in clear again.
    """
    changed = [
        field
        for field, value in (("name", name), ("company_id", company.pk if company else None))
        if getattr(contact, field) != value
    ]
    contact.name, contact.company = name, company
    if _replace(contact, addresses, private):
        changed.append("addresses")
    if not changed:
        return
    with tracking.told_by(by):
        contact.save(update_fields=["name", "company", "updated_at"])
    if "addresses" in changed:
        log.record("contact.readdressed", target=contact, by=by)
    tell(contact)


def learn_lid(contact_id: int, lid: str) -> None:
    """Keep the LID that WhatsApp told of a contact, unless it is somebody else's already."""
    contact = Contact.objects.filter(pk=contact_id).first()
    if contact is not None:
        with suppress(AddressTaken):
            _add(contact, [(IdentityKind.LID, lid)], private=False)


def addresses_of(contact: Contact) -> list[Address]:
    """Phones and e-mail addresses in clear, in the order they were added."""
    rows = contact.identities.open().filter(kind__in=TYPED)
    return [
        (IdentityKind(kind), str(value))
        for kind, value in rows.order_by("pk").values_list("kind", "value")
    ]


def typed_of(contact: Contact) -> list[Held]:
    """Phones and e-mail addresses, private ones decrypted among them; 1 query."""
    return private.read(contact.identities.filter(kind__in=TYPED))


def private_of(contact: Contact) -> list[Held]:
    """Phones and e-mail addresses that are marked private, decrypted."""
    return [each for each in typed_of(contact) if each.is_private]


def every_address(contact: Contact) -> list[Address]:
    """All addresses, private ones too, but for those whose key is lost; for no eyes."""
    return [
        (each.kind, each.value) for each in private.read(contact.identities.all()) if each.value
    ]


def spelled(addresses: Iterable[Address]) -> list[Address]:
    """These addresses, and phones also in the other form of the same line."""
    return [
        (kind, form)
        for kind, value in addresses
        for form in (spellings(value) if kind == IdentityKind.PHONE else [value])
    ]


def tell(contact: Contact) -> None:
    """Let other apps know that the addresses of a contact may have changed."""
    for listener in _listeners:
        listener(contact)


def _replace(
    contact: Contact, addresses: Iterable[Address] | None, hidden: Iterable[Address] | None
) -> bool:
    """Make the typed addresses these; whether any differed. None: leave those of that sort."""
    wanted = dict.fromkeys(addresses or (), False) | dict.fromkeys(hidden or (), True)
    changed = False
    for row in typed_of(contact):
        if row.value is None:
            continue  # its key is lost: nobody could say whether it is wanted
        be_private = wanted.pop((row.kind, row.value), None)
        if be_private is None:
            if (hidden if row.is_private else addresses) is not None:
                contact.identities.filter(pk=row.pk).delete()
                changed = True
        elif be_private != row.is_private and hidden is not None:
            _hold(row, be_private)
            changed = True
    for address in sorted(wanted):
        changed |= _add(contact, [address], private=wanted[address])
    if changed:
        _let_whatsapp_follow(contact)
    return changed


def _let_whatsapp_follow(contact: Contact) -> None:
    """WhatsApp's address of a phone holds its digits: it is as private as the phone."""
    rows = [row for row in private.read(contact.identities.all()) if row.value]
    phones = {row.value: row.is_private for row in rows if row.kind == IdentityKind.PHONE}
    for row in rows:
        if row.kind == IdentityKind.WA and row.value:
            be_private = phones.get(f"+{row.value.split('@')[0]}", False)
            if be_private != row.is_private:
                _hold(row, be_private)


def _hold(row: Held, be_private: bool) -> None:
    identity = ContactIdentity.objects.defer("encrypted_value").get(pk=row.pk)
    identity.hold(str(row.value), private=be_private)
    identity.save(update_fields=["value", "encrypted_value", "value_index", "updated_at"])


def _add(contact: Contact, addresses: Iterable[Address], *, private: bool) -> bool:
    """Add those that are not there; whether any was added."""
    added = False
    for kind, value in addresses:
        owner = _owner(kind, value)
        if owner is not None and owner.pk != contact.pk:
            raise AddressTaken(value, owner)
        if owner is not None:
            continue
        try:
            with transaction.atomic():
                ContactIdentity(contact=contact, kind=kind).hold(value, private=private).save()
        except IntegrityError as error:  # somebody added it in this moment
            owner = _owner(kind, value)
            if owner is None:
                raise
            raise AddressTaken(value, owner) from error
        added = True
    return added


def _owner(kind: IdentityKind, value: str) -> Contact | None:
    spelt = spelled([(kind, value)])
    found = ContactIdentity.objects.select_related("contact").at(spelt)
    return next((found[each].contact for each in spelt if each in found), None)
