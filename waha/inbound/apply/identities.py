"""Which phone is behind a LID, as WAHA answered: chats are joined by the book of the batch."""

from waha import groups
from waha.gateway.payloads import Identity
from waha.inbound.apply.batch import Batch
from waha.inbound.apply.outcome import DONE, Outcome
from waha.models import UpdateKind, WahaCall


def apply_identity(batch: Batch, event: Identity) -> Outcome:
    """Name the phone of a person in the groups they are in, and of calls without a chat, too."""
    groups.tell_pair(batch.session.pk, event.lid, event.phone)
    chat = batch.book.find(event.phone)
    calls = WahaCall.objects.filter(session=batch.session, chat=None, from_id=event.lid)
    for pk in calls.values_list("pk", flat=True):
        WahaCall.objects.filter(pk=pk).update(from_id=event.phone, chat=chat)
        batch.note(UpdateKind.CALL, chat.pk if chat else None, pk)
    return DONE
