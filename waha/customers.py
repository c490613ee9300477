"""What contacts and companies have to do with chats: who is tied to which."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from audit import log
from crm import contacts, merges, phone_forms, visibility
from crm.models import Company, Contact, ContactIdentity, IdentityKind
from waha.gateway.payloads import is_lid, is_phone, phone_digits
from waha.models import ChatKind, WahaChat, WahaChatAddress, WahaHold, WahaSession

if TYPE_CHECKING:
    from accounts.models import User


def connect() -> None:
    """Tell the app to the left what is seen through chats and what follows a merged record."""
    visibility.register_contacts(lambda user: WahaChat.objects.visible_to(user))
    contacts.on_addresses(tie_chats)
    for what, model, rows, column in (
        ("chats", Contact, WahaChat.objects.all, "contact_id"),
        ("holds", Contact, WahaHold.objects.all, "contact_id"),
        ("numbers", Company, WahaSession.objects.all, "company_id"),
    ):
        merges.register(merges.Belonging(what, model, rows, column))


class NoPerson(Exception):
    """A chat that no single person stands behind; the text is fit to show."""


@transaction.atomic
def contact_of(chat: WahaChat, *, by: "User") -> Contact:
    """The person of a direct chat, made under its addresses if nobody has them yet.

    Raises NoPerson for groups and channels.
    """
    if chat.kind != ChatKind.DIRECT:
        raise NoPerson(_("This is no chat with one person, so there is nobody to add."))
    if chat.contact is not None:
        return chat.contact
    wanted = _identities(chat)
    spelt = contacts.spelled(wanted)
    found = ContactIdentity.objects.select_related("contact").at(spelt)
    contact = next((found[each].contact for each in spelt if each in found), None)
    if contact is None:
        contact = contacts.create(name=chat.name, addresses=wanted, by=by)
    WahaChat.objects.filter(pk=chat.pk, contact=None).update(contact=contact)
    log.record("chat.contact", target=chat, by=by, new={"contact": contact.pk})
    return contact


def _identities(chat: WahaChat) -> list[tuple[IdentityKind, str]]:
    """All forms of a chat's address; a phone also as people write it."""
    forms = {chat.chat_id, *chat.addresses.values_list("address", flat=True)}
    wanted = []
    for form in sorted(forms):
        if is_phone(form):
            wanted.append((IdentityKind.PHONE, f"+{phone_digits(form)}"))
        wanted.append((IdentityKind.LID if is_lid(form) else IdentityKind.WA, form))
    return wanted


def tie_chats(contact: Contact) -> None:
    """Tie the chats under a contact's addresses to it, those that have no contact yet."""
    addresses: set[str] = set()
    for kind, value in contacts.every_address(contact):
        if kind == IdentityKind.PHONE:
            addresses |= {f"{form}@c.us" for form in phone_forms.forms(value.lstrip("+"))}
        elif kind in (IdentityKind.WA, IdentityKind.LID):
            addresses.add(value)
    if not addresses:
        return
    at = WahaChatAddress.objects.filter(address__in=addresses).values_list("chat_id", flat=True)
    free = WahaChat.objects.filter(
        Q(pk__in=list(at)) | Q(chat_id__in=addresses), contact=None, kind=ChatKind.DIRECT
    )
    free.update(contact=contact)
