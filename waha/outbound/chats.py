"""Starting to write to somebody: only to who is on WhatsApp, asked before the first message."""

from typing import TYPE_CHECKING

import phonenumbers
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from audit import log
from crm import contacts, phone_forms, private
from crm.models import PRIVATE_KINDS, Contact, ContactIdentity, IdentityKind
from mercury.db.retry import retried
from waha import updates
from waha.gateway.client import WahaError
from waha.gateway.payloads import chat_kind, is_lid, is_phone, normalise, phone_digits
from waha.models import UpdateKind, WahaChat, WahaChatAddress, WahaSession
from waha.outbound import posting
from waha.outbound.outbox import closed_reason
from waha.outbound.refusals import ChatRefused
from waha.servers import client_for

if TYPE_CHECKING:
    from accounts.models import User

__all__ = ["ChatRefused", "parse_phone", "region_of", "start_chat"]

RACES = 3


def start_chat(
    *, session: WahaSession, phone_or_contact: str | Contact, by: "User | None"
) -> WahaChat:
    """The chat with a phone or contact on this number, made if there is none.

    Asks WhatsApp first (a message to somebody who is not there can get a number locked), so
    call it outside a transaction. Raises ChatRefused.
    """
    if reason := closed_reason(session):
        raise ChatRefused(reason)
    contact = phone_or_contact if isinstance(phone_or_contact, Contact) else None
    phone = _phone_of(contact, by) if contact else str(phone_or_contact)
    e164 = parse_phone(phone, region_of(session))
    addresses = _addresses_of(session, e164)
    for left in reversed(range(RACES)):
        try:
            return _find_or_make(session, addresses, e164, contact, by)
        except IntegrityError:  # their first message makes the same chat in this moment
            if not left:
                raise
    raise AssertionError("unreachable")


def parse_phone(text: str, region: str | None) -> str:
    """The number in E.164 form; one without a country code is read as of `region`.

    Raises ChatRefused.
    """
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise ChatRefused(
            _("This is no phone number. Write it with its country code, such as +44 7700 900123.")
        ) from error
    if not phonenumbers.is_possible_number(number):
        raise ChatRefused(_("This phone number is too long or too short. Check it."))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def region_of(session: WahaSession) -> str | None:
    """The country of the number itself, such as DE; None while its phone is not known."""
    digits = "".join(filter(str.isdigit, session.phone)) or phone_digits(session.me_id)
    try:
        number = phonenumbers.parse(f"+{digits}", None)
    except phonenumbers.NumberParseException:
        return None
    own: str | None = phonenumbers.region_code_for_number(number)
    # Numbers outside any plan (for tests, or newer than our tables) still have a country code.
    return own or phonenumbers.region_code_for_country_code(number.country_code or 0)


def _phone_of(contact: Contact, by: "User | None") -> str:
    known = [value for kind, value in contacts.addresses_of(contact) if kind == IdentityKind.PHONE]
    if not known and (by is None or private.may_see(by)):
        hidden = contacts.private_of(contact)
        known = [each.value for each in hidden if each.kind == IdentityKind.PHONE and each.value]
    if not known:
        raise ChatRefused(_("This contact has no phone number. Add one first."))
    return known[0]


def _addresses_of(session: WahaSession, e164: str) -> list[str]:
    """The addresses WhatsApp has for a phone, the phone form first. Raises ChatRefused.

    WhatsApp's own form counts: Brazilian numbers lose a nine there. A LID alone is joined by
    the phone that was asked for, which is known to be the same person.
    """
    digits = e164.removeprefix("+")
    try:
        found = client_for(session).check_exists(session.waha_name, digits)
    except WahaError as error:
        raise ChatRefused(
            _("WhatsApp could not be asked about this number: %(reason)s")
            % {"reason": error.reason}
        ) from error
    if not found.exists:
        raise ChatRefused(_("This number is not on WhatsApp. Check it, or call instead."))
    address = normalise(found.chat_id or digits)
    for known in {normalise(digits), address}:
        posting.remember_on_whatsapp(session.pk, known)
    return [normalise(digits), address] if is_lid(address) else [address]


@retried()
@transaction.atomic
def _find_or_make(
    session: WahaSession,
    addresses: list[str],
    e164: str,
    contact: Contact | None,
    by: "User | None",
) -> WahaChat:
    # The other spelling of a phone is the same line: its chat is the one that is meant.
    spelled = list(dict.fromkeys([*addresses, *_other_spellings(addresses)]))
    known = {
        row.address: row.chat
        for row in WahaChatAddress.objects.select_related("chat").filter(
            session=session, address__in=spelled
        )
    }
    chat = next((known[address] for address in spelled if address in known), None)
    if chat is None:
        chat = WahaChat.objects.create(
            session=session, chat_id=addresses[0], kind=str(chat_kind(addresses[0]))
        )
        log.record("chat.started", target=chat, by=by)
        updates.record(UpdateKind.CHAT, session.pk, chat.pk, chat.pk)
    for address in addresses:
        if address not in known:
            WahaChatAddress.objects.create(session=session, address=address, chat=chat)
    if chat.contact_id is None:
        chat.contact = contact or _contact_of(e164, addresses, by)
        chat.save(update_fields=["contact", "updated_at"])
    return chat


def _other_spellings(addresses: list[str]) -> list[str]:
    phones = [phone_digits(address) for address in addresses if is_phone(address)]
    return [f"{form}@c.us" for phone in phones for form in phone_forms.forms(phone)]


def _contact_of(e164: str, addresses: list[str], by: "User | None") -> Contact:
    """The person these addresses belong to, made if nobody knows them; addresses are added."""
    wanted = {(IdentityKind.PHONE, e164)}
    for address in addresses:
        wanted.add((IdentityKind.LID if is_lid(address) else IdentityKind.WA, address))
        if is_phone(address):
            wanted.add((IdentityKind.PHONE, f"+{phone_digits(address)}"))
    spelt = contacts.spelled(sorted(wanted))
    known = ContactIdentity.objects.select_related("contact").at([*sorted(wanted), *spelt])
    order = [*sorted(wanted), *spelt]
    contact = next((known[each].contact for each in order if each in known), None)
    if contact is None:
        contact = Contact.objects.create(created_by=by)
    hidden = any(row.is_private for row in known.values())  # then their other forms are, too
    for kind, value in sorted(wanted - known.keys()):
        identity = ContactIdentity(contact=contact, kind=kind)
        identity.hold(value, private=hidden and kind in PRIVATE_KINDS).save()
    return contact
