"""Chats and calls on the page of a contact or company, and numbers of a company."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from crm.models import Company, Contact
from crm.sections import Section
from mercury.ui import faces, phones
from waha.inbox import names
from waha.models import WahaCall, WahaChat, WahaSession

MOST = 50


def chats(user: User, record: Contact | Company) -> dict[str, Any]:
    """The newest chats one may see with this person, or with people of this company; 1 query."""
    rows = WahaChat.objects.visible_to(user).filter(_with(record, ""))
    rows = rows.with_unread(user).select_related("session", "contact")
    newest = rows.order_by("-last_message_at", "-pk")[:MOST]
    return {"chats": [_chat_row(chat) for chat in newest]}


def calls(user: User, record: Contact | Company) -> dict[str, Any]:
    """The newest calls; 1 query."""
    rows = WahaCall.objects.visible_to(user).filter(_with(record, "chat__"))
    newest = rows.select_related("session", "chat").order_by("-started_at", "-pk")[:MOST]
    return {"calls": [_call_row(call) for call in newest]}


def numbers(user: User, company: Company) -> dict[str, Any]:
    """The numbers that this company owns, as far as one may see them; 1 query."""
    rows = WahaSession.objects.visible_to(user).filter(company=company)
    return {
        "numbers": [
            {
                "pk": session.pk,
                "title": phones.name(str(session)),
                "phone": phones.phone(session.phone),
                "state": session.status,
                "state_label": session.get_status_display(),
            }
            for session in rows[:MOST]
        ]
    }


SECTIONS = (
    Section(
        "chats", _("Chats"), "messages", "waha/inbox/_customer_chats.html", chats,
        (Contact, Company), 30,
    ),
    Section(
        "calls", _("Calls"), "phone", "waha/inbox/_customer_calls.html", calls,
        (Contact, Company), 40,
    ),
    Section(
        "numbers", _("Numbers"), "device-mobile", "waha/inbox/_customer_numbers.html", numbers,
        (Company,), 70,
    ),
)  # fmt: skip


def _with(record: Contact | Company, prefix: str) -> Q:
    column = "contact" if isinstance(record, Contact) else "contact__company"
    return Q(**{f"{prefix}{column}": record})


def _chat_row(chat: WahaChat) -> dict[str, Any]:
    contact = chat.contact.name if chat.contact else ""
    return {
        "url": chat.get_absolute_url(),
        "name": names.chat_name(chat.chat_id, chat.kind, chat.name, contact),
        "hue": faces.hue(chat.pk),
        "number": phones.name(str(chat.session)),
        "number_hue": faces.hue(chat.session_id),
        "preview": phones.text(chat.last_message_preview),
        "preview_type": chat.last_message_type,
        "at": chat.last_message_at,
        "unread": chat.unread,  # type: ignore[attr-defined]  # with_unread adds it
    }


def _call_row(call: WahaCall) -> dict[str, Any]:
    return {
        "url": call.get_absolute_url() if call.chat else "",
        "state": call.state,
        "seconds": call.seconds,
        "is_video": call.is_video,
        "number": phones.name(str(call.session)),
        "at": call.started_at,
    }
