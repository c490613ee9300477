"""Our own messages as WAHA tells them back: which of our sends is this?

The echo may come before the answer to the send. A message of ours with an unknown id is
therefore first held against what is on its way in that chat.
"""

from datetime import timedelta

from waha.gateway.payloads import IncomingMessage
from waha.inbound.apply.batch import Batch
from waha.inbound.apply.outcome import DONE, Later, Outcome
from waha.inbound.apply.rows import status_of
from waha.models import (
    MessageStatus,
    OutboxState,
    WahaChat,
    WahaMessage,
    WahaMessageKey,
    WahaOutbox,
)
from waha.models.message import STATUS_RANK

PUT_BACK_SECONDS = 2.0
# WhatsApp's times have whole seconds, and its clock is not ours.
CLOCKS_APART = timedelta(seconds=30)


def settle(batch: Batch, chat: WahaChat, event: IncomingMessage) -> Outcome | None:
    """Bind the message to one of our sends, put it off, or return None: typed on the phone.

    While a send of this chat is between POST and answer the event waits: its answer will say.
    A send whose outcome is unknown takes the oldest of the same kind and content, under that
    row's lock.
    """
    open_sends = [
        send for send in batch.open_sends(chat.pk) if send.reserved_id in ("", event.raw_id)
    ]
    if any(send.state == OutboxState.SENDING and send.posted_at for send in open_sends):
        return Later(PUT_BACK_SECONDS)
    # A reserved id is proof; content is the next best.
    for send in sorted(open_sends, key=lambda each: each.reserved_id != event.raw_id):
        if _bind(batch, send.pk, event):
            return DONE
    return None


def _bind(batch: Batch, send_pk: int, event: IncomingMessage) -> bool:
    send = (
        WahaOutbox.objects.select_for_update().filter(pk=send_pk, state=OutboxState.UNKNOWN).first()
    )
    if send is None:
        return False
    row = WahaMessage.objects.filter(pk=send.message_id, created_at=send.message_created_at).first()
    if row is None or not _is_same(send, row, event):
        return False
    WahaOutbox.objects.filter(pk=send.pk).update(
        state=OutboxState.SENT, last_error="", lease_until=None
    )
    WahaMessageKey.objects.filter(message_pk=row.pk).update(message_id=event.raw_id)
    batch.book.load([row.chat_id])
    batch.messages[row.pk] = row
    batch.keys[True, event.raw_id] = (row.pk, row.created_at)
    row.message_id = event.raw_id
    status = status_of(event)
    # The echo itself proves that WhatsApp has it.
    if STATUS_RANK[status] < STATUS_RANK[MessageStatus.SENT]:
        status = MessageStatus.SENT
    batch.raise_status(row, status)
    batch.change(row, "message_id")
    return True


def _is_same(send: WahaOutbox, row: WahaMessage, event: IncomingMessage) -> bool:
    if send.reserved_id == event.raw_id:
        return True
    # Read from the history, an older message may say the same.
    if event.at < (send.posted_at or send.updated_at) - CLOCKS_APART:
        return False
    return row.type == event.kind and row.content.strip() == event.body.strip()
