"""People one may want to write to: contacts and those one has chatted with."""

from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.models import User
from crm.models import Contact, IdentityKind
from waha.inbox import names
from waha.models import ChatKind, WahaChat

MOST = 200


def known(user: User) -> dict[str, str]:
    """{phone: name} of visible contacts and the newest chats; 2 queries, at most MOST of each."""
    contacts = Contact.objects.visible_to(user).filter(
        identities__kind=IdentityKind.PHONE, archived_at__isnull=True
    )
    chats = (
        WahaChat.objects.visible_to(user)
        .filter(kind=ChatKind.DIRECT, chat_id__endswith="@c.us", last_message_at__isnull=False)
        .order_by("-last_message_at", "-pk")
    )
    people = {
        names.phone_of(address): name
        for address, name in chats.values_list("chat_id", "name")[:MOST]
        if names.phone_of(address)
    }
    people |= {
        names.phone(value): name
        for value, name in contacts.values_list("identities__value", "name")[:MOST]
    }
    return people


def phone_of_contact(user: User, contact_id: int) -> str:
    """The phone of a visible contact, empty when there is none."""
    values = Contact.objects.visible_to(user).filter(
        pk=contact_id, identities__kind=IdentityKind.PHONE
    )
    return names.phone(values.values_list("identities__value", flat=True).first() or "")


class PhoneInput(forms.TextInput):
    """A phone field that offers people one knows, by the browser's own list: no script."""

    user: User | None = None

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: Any = None,
    ) -> SafeString:
        list_id = f"{(attrs or {}).get('id', name)}-people"
        field = super().render(name, value, {**(attrs or {}), "list": list_id}, renderer)
        people = known(self.user) if self.user else {}
        options = format_html_join(
            "", '<option value="{}">{}</option>', ((phone, who) for phone, who in people.items())
        )
        return format_html('{}<datalist id="{}">{}</datalist>', field, list_id, options)
