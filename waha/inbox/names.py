"""What people read for WhatsApp's addresses; phones in full only for who may see them."""

from django.utils.translation import gettext as _

from mercury.ui import phones
from waha.models import ChatKind

PHONE_HOSTS = {"c.us", "s.whatsapp.net"}


def phone_of(address: str) -> str:
    """Return the phone of a WhatsApp address, empty where it holds none (a LID, a group)."""
    user, _at, host = address.partition("@")
    digits = user.partition(":")[0]
    return phones.phone(digits) if host in PHONE_HOSTS and digits.isdigit() else ""


def chat_name(address: str, kind: str, name: str, contact_name: str | None) -> str:
    """Return what a chat is called: the contact's name, WhatsApp's, the phone, or its kind."""
    known = (contact_name or "") if kind == ChatKind.DIRECT else ""
    return phones.name(known or name) or phone_of(address) or _nameless(kind)


def person(address: str, name: str) -> str:
    """Return what a sender in a group is called; a LID is no phone and is never shown as one."""
    return phones.name(name) or phone_of(address) or _("Unknown number")


def _nameless(kind: str) -> str:
    names = {
        ChatKind.GROUP: _("Group"),
        ChatKind.CHANNEL: _("Channel"),
        ChatKind.STATUS: _("Status"),
    }
    return names.get(ChatKind(kind), _("Unknown number"))
