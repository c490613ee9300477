"""New messages, of either direction and from any road in."""

from waha.gateway.payloads import IncomingMessage, MessageKind
from waha.inbound.apply import echo
from waha.inbound.apply.batch import Batch
from waha.inbound.apply.outcome import DONE, Outcome
from waha.inbound.apply.rows import fill, fill_media, media_url, new_row, status_of
from waha.models import MediaState, MessageFields, MessageStatus, MessageType


def apply_message(batch: Batch, event: IncomingMessage) -> Outcome:
    """Store a message once, however often and under whichever address it comes."""
    if batch.knows(event.from_me, event.raw_id):
        row = batch.message(event.from_me, event.raw_id)
        if row is not None:
            _complete(batch, row, event)
        return DONE
    chat = batch.book.chat(event.chat)
    if event.from_me and (outcome := echo.settle(batch, chat, event)):
        return outcome
    row = new_row(batch.session, chat.pk, batch.next_pk(event.envelope.at), event)
    batch.add(row)
    if event.media:
        batch.fetch(row, event.media.path)
    return DONE


def _complete(batch: Batch, row: MessageFields, event: IncomingMessage) -> None:
    """Take from another copy what ours lacks: content not readable before, a file, a tick."""
    if row.from_me:
        batch.raise_status(row, status_of(event))
        if row.sent_by_id is not None:
            # Told back, so WhatsApp's side has what we sent; later ticks say more.
            batch.raise_status(row, MessageStatus.SENT)
    unreadable = row.type == MessageType.UNSUPPORTED and not row.content
    if unreadable and event.kind is not MessageKind.UNSUPPORTED:
        fill(row, batch.session, event)
        if event.media:
            batch.fetch(row, event.media.path)
        batch.change(
            row, "type", "content", "extra", "reply_to_message_id", "media_url", "media_mime",
            "media_name", "media_size", "media_seconds", "media_state",
        )  # fmt: skip
        return
    if event.media and media_url(event.media) and not row.media_url and row.sent_by_id is None:
        state = row.media_state
        fill_media(row, event.media)
        row.media_state = state if state == MediaState.STORED else MediaState.PENDING
        batch.change(
            row, "media_url", "media_mime", "media_name", "media_size", "media_seconds",
            "media_state",
        )  # fmt: skip
        batch.fetch_again(row, event.media.path)
