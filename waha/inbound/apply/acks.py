"""Ticks."""

from waha.gateway.payloads import Ack
from waha.inbound.apply.batch import Batch
from waha.inbound.apply.outcome import DONE, Outcome, Parked
from waha.inbound.apply.rows import STATUSES


def apply_ack(batch: Batch, event: Ack) -> Outcome:
    """Raise the status of one of our messages; it never falls.

    In a group the furthest member counts. Reactions, edits and revokes get acks of their own
    under ids that are no messages: those wait in vain and expire.
    """
    if event.level is None or not event.from_me:
        return DONE
    if not batch.knows(True, event.raw_id):
        return Parked(event.raw_id)
    row = batch.message(True, event.raw_id)
    if row is not None:
        batch.raise_status(row, STATUSES[event.level])
    return DONE
