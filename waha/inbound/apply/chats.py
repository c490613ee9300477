"""Which chat an address leads to; chats are made, renamed and joined here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from crm import contacts, phone_forms
from crm.models import ContactIdentity, IdentityKind
from waha import questions
from waha.gateway.payloads import chat_kind, is_lid, is_phone, phone_digits, preferred
from waha.inbound.apply import merge
from waha.models import (
    LookupKind,
    WahaCall,
    WahaChat,
    WahaChatAddress,
    WahaSession,
)


@dataclass(frozen=True, slots=True)
class Sighting:
    """An address seen in an event, its other form if told, and the name it went by.

    Where it is not `of_chat`, it says who somebody is: that makes no chat, and may join two.
    """

    address: str
    alt: str = ""
    name: str = ""
    at: datetime | None = None
    of_chat: bool = True


class ChatBook:
    """The chats of a batch by their addresses.

    Made before the batch is applied: a new chat is inserted at once, because MySQL returns no
    keys from bulk inserts, and chats that turn out to be the same person's are joined.
    """

    def __init__(self, session: WahaSession, sightings: Iterable[Sighting]) -> None:
        self.session = session
        self.chats: dict[int, WahaChat] = {}
        self.by_address: dict[str, int] = {}
        self.created: list[int] = []
        self.touched: set[int] = set()
        self.named: set[int] = set()
        self.renamed: set[int] = set()
        # Who somebody is comes last: the chat it speaks of may be one that is new in this batch.
        seen = sorted(dict.fromkeys(sightings), key=lambda each: not each.of_chat)
        if not seen:
            return
        self._load({form for each in seen for form in _forms(each)})
        for each in seen:
            if each.of_chat or any(map(self.find, _forms(each))):
                self._name(self._settle(each), each)
        if self.touched:
            self._link()
        for pk in self.created:
            if is_lid(self.chats[pk].chat_id):
                questions.want(session.pk, LookupKind.LID, pk)

    def chat(self, address: str) -> WahaChat:
        """Return the chat of a sighted address."""
        return self.chats[self.by_address[address]]

    def find(self, address: str) -> WahaChat | None:
        """Return the chat of an address, if it was sighted or known."""
        pk = self.by_address.get(address)
        return self.chats[pk] if pk is not None else None

    def load(self, chat_pks: Iterable[int]) -> None:
        """Add chats known by key, such as those of messages that are changed."""
        missing = {pk for pk in chat_pks if pk not in self.chats}
        if missing:
            self.chats |= WahaChat.objects.in_bulk(missing)

    def _load(self, addresses: set[str]) -> None:
        rows = WahaChatAddress.objects.filter(session=self.session, address__in=addresses)
        self.by_address = dict(rows.values_list("address", "chat_id"))
        self.chats = WahaChat.objects.in_bulk(set(self.by_address.values()))

    def _settle(self, seen: Sighting) -> WahaChat:
        """Return the one chat of an address, its other form and the other spelling of a phone."""
        chat: WahaChat | None = None
        for form in _forms(seen):
            other = self.find(form)
            if other and chat and other.pk != chat.pk:
                chat = self._join(chat, other)
            chat = chat or other
        chat = chat or self._create(preferred(seen.address, seen.alt))
        for address in (seen.address, seen.alt):
            if address and address not in self.by_address:
                self._add_address(chat, address)
        return chat

    def _create(self, address: str) -> WahaChat:
        chat = WahaChat.objects.create(
            session=self.session, chat_id=address, kind=str(chat_kind(address))
        )
        self.chats[chat.pk] = chat
        self.created.append(chat.pk)
        if chat.is_group:
            questions.want(self.session.pk, LookupKind.GROUP, chat.pk)
        self._add_address(chat, address)
        return chat

    def _add_address(self, chat: WahaChat, address: str) -> None:
        WahaChatAddress.objects.create(session=self.session, address=address, chat=chat)
        self.by_address[address] = chat.pk
        self.touched.add(chat.pk)
        better = is_lid(chat.chat_id) or _is_usual(address)
        if is_phone(address) and better and address != chat.chat_id:
            merge.rename(chat, address)
            self.renamed.add(chat.pk)

    def _join(self, first: WahaChat, second: WahaChat) -> WahaChat:
        known = is_phone(first.chat_id) and not _is_usual(second.chat_id)
        keep, absorbed = (first, second) if known else (second, first)
        gone = absorbed.pk  # deleting takes it from the object
        merge.join(keep, absorbed)
        self.chats.pop(gone)
        self.created = [pk for pk in self.created if pk != gone]
        self.named -= {gone}
        self.renamed -= {gone}
        self.touched = self.touched - {gone} | {keep.pk}
        for address, pk in self.by_address.items():
            if pk == gone:
                self.by_address[address] = keep.pk
        return keep

    def _name(self, chat: WahaChat, seen: Sighting) -> None:
        """Take the name over unless a later event gave another; the batch writes it."""
        if not seen.name or seen.at is None:
            return
        if chat.named_at and (chat.named_at, chat.name) >= (seen.at, seen.name):
            return
        if chat.name != seen.name:
            self.renamed.add(chat.pk)
        chat.name, chat.named_at = seen.name, seen.at
        self.named.add(chat.pk)

    def _link(self) -> None:
        """Tie what was there under a chat's new addresses to it: a contact, and calls.

        Whom a chat is tied to is known by its LID from then on, to our other numbers too.
        """
        addresses = {a: pk for a, pk in self.by_address.items() if pk in self.touched}
        found = contacts_of(addresses)
        for address, pk in addresses.items():
            chat = self.chats[pk]
            if address in found and chat.contact_id is None:
                chat.contact_id = found[address]
                chat.save(update_fields=["contact", "updated_at"])
        for address, pk in addresses.items():
            contact = self.chats[pk].contact_id
            if contact is not None and is_lid(address) and address not in found:
                contacts.learn_lid(contact, address)
        calls = WahaCall.objects.filter(
            session=self.session, chat=None, from_id__in=list(addresses)
        )
        for call in calls:
            WahaCall.objects.filter(pk=call.pk).update(chat_id=addresses[call.from_id])


def _forms(seen: Sighting) -> list[str]:
    """Every address that leads to the same chat as a sighting, the sighted ones first."""
    sighted = [each for each in (seen.address, seen.alt) if each]
    others = [form for each in sighted for form in phone_addresses(each)]
    return list(dict.fromkeys([*sighted, *others]))


def _is_usual(address: str) -> bool:
    """Whether a phone with two spellings is written as WhatsApp mostly has it."""
    digits = phone_digits(address)
    return len(phone_forms.forms(digits)) > 1 and phone_forms.usual(digits) == digits


def phone_addresses(address: str) -> list[str]:
    """A phone's address and the one under the number's other form; nothing for a LID."""
    digits = phone_digits(address)
    return [f"{form}@c.us" for form in phone_forms.forms(digits)] if digits else []


def contacts_of(addresses: Iterable[str]) -> dict[str, int]:
    """Return the contact ids of those addresses that belong to one."""
    forms: dict[tuple[IdentityKind, str], str] = {}
    for address in addresses:
        digits = phone_digits(address)
        for form in phone_forms.forms(digits) if digits else ():
            forms.setdefault((IdentityKind.PHONE, f"+{form}"), address)
        if is_lid(address):
            forms[IdentityKind.LID, address] = address
        forms[IdentityKind.WA, address] = address
    found = ContactIdentity.objects.at(list(forms))
    return {forms[each]: row.contact_id for each, row in found.items()}
