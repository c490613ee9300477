"""What the composer holds, as the messages it becomes."""

from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.models import User
from waha.inbox import scope
from waha.models import MessageFields, WahaChat, WahaMessage
from waha.outbound import outbox, scheduled
from waha.outbound.refusals import MessageRefused


def send(
    *,
    chat: WahaChat,
    by: User,
    text: str,
    files: "list[UploadedFile[bytes]]",
    reply_to: int | None,
    client_token: str,
) -> list[WahaMessage]:
    """Queue a text, or files of which the first carries the text as its caption.

    Each file has a token of its own made from the composer's, so that the same form twice sends
    each once. Raises MessageRefused, which may leave the first files queued: the same form again
    sends only the others.
    """
    quoted = _quoted(chat, by, reply_to)
    if not files:
        message = outbox.send_text(
            chat=chat, body=text, by=by, client_token=client_token, reply_to=quoted
        )
        return [message]
    return [
        outbox.send_file(
            chat=chat,
            upload=upload,
            by=by,
            client_token=client_token if index == 0 else f"{client_token}:{index}",
            caption=text if index == 0 else "",
            reply_to=quoted if index == 0 else None,
        )
        for index, upload in enumerate(files)
    ]


def plan(
    *,
    chat: WahaChat,
    by: User,
    text: str,
    files: "list[UploadedFile[bytes]]",
    reply_to: int | None,
    client_token: str,
    send_at: datetime,
    unless_written: bool,
) -> None:
    """Keep for later what `send` would send now, in the same order. Raises MessageRefused."""
    quoted = _quoted(chat, by, reply_to)
    uploads: list[UploadedFile[bytes] | None] = [*files] or [None]
    for index, upload in enumerate(uploads):
        scheduled.schedule(
            chat=chat,
            by=by,
            send_at=send_at,
            unless_written=unless_written,
            upload=upload,
            body=text if index == 0 else "",
            reply_to=quoted if index == 0 else None,
            client_token=client_token if index == 0 else f"{client_token}:{index}",
        )


def _quoted(chat: WahaChat, by: User, message_id: int | None) -> MessageFields | None:
    if message_id is None:
        return None
    try:
        return scope.any_message(by, chat, message_id)
    except Http404 as gone:
        raise MessageRefused(_("The message you answer is gone. Send yours without it.")) from gone
