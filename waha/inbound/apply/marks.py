"""Stars and pins on messages."""

from waha.gateway.payloads import Mark
from waha.inbound.apply.batch import Batch
from waha.inbound.apply.outcome import DONE, Outcome, Parked
from waha.models import WahaMark


def apply_mark(batch: Batch, event: Mark) -> Outcome:
    """Put a star or pin on a message or take it away; the newest word stands."""
    target = event.target
    if not batch.knows(target.from_me, target.raw):
        return Parked(target.raw)
    row = batch.message(target.from_me, target.raw)
    if row is None:
        return DONE
    mark = WahaMark.objects.filter(message_pk=row.pk, kind=event.kind).first()
    if mark is None:
        mark = WahaMark(session=batch.session, message_pk=row.pk, kind=event.kind)
    elif (mark.marked_at, mark.is_set) >= (event.at, event.is_set):
        return DONE
    mark.chat_id, mark.is_set = row.chat_id, event.is_set
    mark.until, mark.marked_at = event.until, event.at
    mark.save()
    batch.change(row)
    return DONE
