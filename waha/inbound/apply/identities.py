"""Which phone is behind a LID, as WAHA answered: chats are joined by the book of the batch."""

from waha import groups
from waha.gateway.payloads import Identity
from waha.inbound.apply.batch import Batch
from waha.inbound.apply.outcome import DONE, Outcome


def apply_identity(batch: Batch, event: Identity) -> Outcome:
    """Name the phone of a person in the groups they are in, too."""
    groups.tell_pair(batch.session.pk, event.lid, event.phone)
    return DONE
