"""Edits and revokes."""

from waha.gateway.payloads import Edit, Revoke
from waha.inbound.apply.batch import Batch
from waha.inbound.apply.outcome import DONE, Outcome, Parked
from waha.models import MessageFields


def apply_edit(batch: Batch, event: Edit) -> Outcome:
    """Give the message its newest words; an older edit that comes late changes nothing."""
    if not batch.knows(event.from_me, event.raw_id):
        return Parked(event.raw_id)
    row = batch.message(event.from_me, event.raw_id)
    if row is None:
        return DONE
    if row.edited_at is None or (event.at, event.body) > (row.edited_at, row.content):
        row.content, row.edited_at = event.body, event.at
        batch.change(row, "content", "edited_at")
    return DONE


def apply_revoke(batch: Batch, event: Revoke) -> Outcome:
    """Mark the message as deleted for everybody; its words stay on record."""
    row = _either_side(batch, event.from_me, event.raw_id)
    if row is None:
        known = any(batch.knows(side, event.raw_id) for side in (True, False))
        return DONE if known else Parked(event.raw_id)
    if row.revoked_at is None or event.at < row.revoked_at:
        row.revoked_at = event.at
        batch.change(row, "revoked_at")
    return DONE


def _either_side(batch: Batch, from_me: bool, raw_id: str) -> MessageFields | None:
    """Return the message, first of the side that acts: an admin may delete others' messages."""
    return batch.message(from_me, raw_id) or batch.message(not from_me, raw_id)
