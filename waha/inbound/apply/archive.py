"""Chats put into the archive and taken out of it, on the phone or here."""

from waha.gateway.payloads import Archive
from waha.inbound.apply.batch import Batch
from waha.inbound.apply.outcome import DONE, Outcome
from waha.models import UpdateKind, WahaChat


def apply_archive(batch: Batch, event: Archive) -> Outcome:
    """Take the newest word; an older one than the last message of a customer has been undone."""
    chat = batch.book.chat(event.chat)
    heard = chat.archive_heard_at
    if heard is not None and (heard, chat.archived_at is not None) >= (event.at, event.archived):
        return DONE
    tally = batch.tally(chat.pk)
    last = tally.last_message_at
    came_back = last is not None and last > event.at and not tally.last_message_from_me
    chat.archive_heard_at = event.at
    chat.archived_at = event.at if event.archived and not came_back else None
    # The batch's own writing of the chat takes `archived_at` over from the object.
    WahaChat.objects.filter(pk=chat.pk).update(
        archived_at=chat.archived_at, archive_heard_at=chat.archive_heard_at
    )
    batch.note(UpdateKind.CHAT, chat.pk, chat.pk)
    return DONE
