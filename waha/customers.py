"""What contacts and companies have to do with chats: who is tied to which."""

from django.db.models import Q

from crm import contacts, merges, visibility
from crm.models import Company, Contact, IdentityKind
from waha.models import ChatKind, WahaChat, WahaChatAddress, WahaHold, WahaSession


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


def tie_chats(contact: Contact) -> None:
    """Tie the chats under a contact's addresses to it, those that have no contact yet."""
    addresses: set[str] = set()
    for kind, value in contact.identities.values_list("kind", "value"):
        if kind == IdentityKind.PHONE:
            addresses.add(f"{value.lstrip('+')}@c.us")
        elif kind in (IdentityKind.WA, IdentityKind.LID):
            addresses.add(value)
    if not addresses:
        return
    at = WahaChatAddress.objects.filter(address__in=addresses).values_list("chat_id", flat=True)
    free = WahaChat.objects.filter(
        Q(pk__in=list(at)) | Q(chat_id__in=addresses), contact=None, kind=ChatKind.DIRECT
    )
    free.update(contact=contact)
