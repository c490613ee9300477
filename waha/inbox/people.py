"""People one may want to write to: contacts and those one has chatted with."""

from dataclasses import dataclass

from django.db.models import Q

from accounts.models import User
from crm import contacts, private
from crm.models import Contact, IdentityKind
from mercury.ui import faces, phones
from waha.inbox import names
from waha.inbox.filters import LONGEST_SEARCH
from waha.models import ChatKind, WahaChat

MOST = 12


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a phone; `name` is the phone where no other is known."""

    name: str
    phone: str
    hue: int


def find(user: User, words: str) -> list[Person]:
    """Visible contacts, then chats, whose name or phone holds `words`; 2 queries, at most MOST.

    Reads the chats' names one by one, so it belongs behind a search and on no page by itself.
    Finds nobody for who may not see phones: what is found is a phone to write to.
    """
    words = words.strip()[:LONGEST_SEARCH]
    if not words or not phones.are_shown():
        return []
    digits = "".join(char for char in words if char.isdigit())
    found: dict[str, Person] = {}
    for value, name in _contacts(user, words, digits):
        _add(found, phones.phone(value), name)
    for address, name in _chats(user, words, digits):
        _add(found, names.phone_of(address), name)
    return list(found.values())[:MOST]


def phone_of_contact(user: User, contact_id: int) -> str:
    """The phone of a visible contact; empty when there is none or it may not be read."""
    if not phones.are_shown():
        return ""
    contact = Contact.objects.visible_to(user).filter(pk=contact_id).first()
    if contact is None:
        return ""
    known = [value for kind, value in contacts.addresses_of(contact) if kind == IdentityKind.PHONE]
    if not known and private.may_see(user):
        hidden = contacts.private_of(contact)
        known = [each.value for each in hidden if each.kind == IdentityKind.PHONE and each.value]
    return phones.phone(known[0]) if known else ""


def _contacts(user: User, words: str, digits: str) -> list[tuple[str, str]]:
    # One filter for both, or Django would join the identities twice.
    wanted = Q(name__icontains=words)
    if digits:
        wanted |= Q(identities__value__contains=digits)
    rows = Contact.objects.visible_to(user).filter(
        wanted,
        identities__kind=IdentityKind.PHONE,
        identities__value__isnull=False,
        archived_at__isnull=True,
    )
    found = rows.order_by("name", "pk").values_list("identities__value", "name")[:MOST]
    return [(str(value), name) for value, name in found]


def _chats(user: User, words: str, digits: str) -> list[tuple[str, str]]:
    wanted = Q(name__icontains=words)
    if digits:
        wanted |= Q(chat_id__contains=digits)
    rows = WahaChat.objects.visible_to(user).filter(
        wanted, kind=ChatKind.DIRECT, chat_id__endswith="@c.us", last_message_at__isnull=False
    )
    newest = rows.order_by("-last_message_at", "-pk")
    return list(newest.values_list("chat_id", "name")[:MOST])


def _add(found: dict[str, Person], phone: str, name: str) -> None:
    if phone and phone not in found:
        found[phone] = Person(name or phone, phone, faces.hue(phone))
