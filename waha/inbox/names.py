"""What people read for WhatsApp's addresses."""

from functools import lru_cache

import phonenumbers
from django.utils.translation import gettext as _

from waha.models import ChatKind

PHONE_HOSTS = {"c.us", "s.whatsapp.net"}


@lru_cache(maxsize=4096)
def phone(number: str) -> str:
    """Return a phone as people write it: +49 30 5550 4410; as it stands when it is odd."""
    digits = number.strip().lstrip("+")
    if not digits.isdigit():
        return number
    try:
        parsed = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return f"+{digits}"
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def phone_of(address: str) -> str:
    """Return the phone of a WhatsApp address, empty where it holds none (a LID, a group)."""
    user, _at, host = address.partition("@")
    digits = user.partition(":")[0]
    return phone(digits) if host in PHONE_HOSTS and digits.isdigit() else ""


def chat_name(address: str, kind: str, name: str, contact_name: str | None) -> str:
    """Return what a chat is called: the contact's name, WhatsApp's, the phone, or its kind."""
    known = (contact_name or "") if kind == ChatKind.DIRECT else ""
    return known or name or phone_of(address) or _nameless(kind)


def person(address: str, name: str) -> str:
    """Return what a sender in a group is called; a LID is no phone and is never shown as one."""
    return name or phone_of(address) or _("Unknown number")


def _nameless(kind: str) -> str:
    names = {
        ChatKind.GROUP: _("Group"),
        ChatKind.CHANNEL: _("Channel"),
        ChatKind.STATUS: _("Status"),
    }
    return names.get(ChatKind(kind), _("Unknown number"))
