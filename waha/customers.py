"""What contacts and companies have to do with chats: who is tied to which."""

from django.db.models import Q

from crm.models import Contact, IdentityKind
from waha.models import ChatKind, WahaChat, WahaChatAddress


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
