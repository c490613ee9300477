"""What people send: queued in one transaction, tried again, confirmed or discarded by them."""

from typing import TYPE_CHECKING, Any

from django.core.files.base import File as OpenFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attachments import changes, intake
from attachments import services as files
from attachments.intake import Stored
from attachments.models import Attachment
from audit import log
from mercury.celery import hint
from mercury.db.retry import retried
from waha.models import (
    ChatKind,
    MessageFields,
    MessageStatus,
    MessageType,
    OutboxState,
    WahaChat,
    WahaMessage,
    WahaOutbox,
)
from waha.models.message import STATUS_RANK
from waha.outbound import composing, rows
from waha.outbound.composing import MAX_TEXT, check_open, clean, closed_reason
from waha.outbound.refusals import MessageRefused

if TYPE_CHECKING:
    from accounts.models import User

__all__ = [
    "MAX_TEXT", "MessageRefused", "check_open", "clean", "closed_reason", "confirm", "discard",
    "retry", "send_card", "send_file", "send_text",
]  # fmt: skip

MAX_TOKEN = 64

File = Stored | Attachment | None
"""Just received, or kept with what was planned."""


def send_text(
    *,
    chat: WahaChat,
    body: str,
    by: "User | None",
    client_token: str,
    reply_to: MessageFields | None = None,
) -> WahaMessage:
    """Queue one text for delivery; `by` is None for what Mercury writes by itself.

    A second call with the same client token returns the first message, so that a double click
    sends once. Raises MessageRefused.
    """
    if earlier := _earlier(chat, by, client_token):
        return earlier
    values = composing.text(chat, body, reply_to=reply_to)
    return _queue_once(chat, by, client_token, values, None)


def send_card(
    *,
    chat: WahaChat,
    kind: MessageType,
    extra: dict[str, Any],
    by: "User",
    client_token: str,
) -> WahaMessage:
    """Queue a place, a contact or a poll; `extra` is what WahaMessage.extra holds of it.

    The same token returns the first message. Raises MessageRefused.
    """
    if earlier := _earlier(chat, by, client_token):
        return earlier
    return _queue_once(chat, by, client_token, composing.card(chat, kind, extra), None)


def send_file(
    *,
    chat: WahaChat,
    upload: "OpenFile[bytes]",
    by: "User",
    client_token: str,
    caption: str = "",
    voice: bool = False,
    reply_to: MessageFields | None = None,
) -> WahaMessage:
    """Queue one file for delivery; the same token returns the first message.

    The bytes lie on storage before the transaction begins and are taken off again when it
    fails. Raises MessageRefused.
    """
    if earlier := _earlier(chat, by, client_token):
        return earlier
    values, stored = composing.file(chat, upload, caption=caption, voice=voice, reply_to=reply_to)
    try:
        message = _queue_once(chat, by, client_token, values, stored)
    except BaseException:
        intake.discard(stored)
        raise
    if not Attachment.objects.filter(uuid=stored.uuid).exists():  # the other request's file stays
        intake.discard(stored)
    return message


def send_composed(
    *,
    chat: WahaChat,
    values: dict[str, Any],
    by: "User",
    client_token: str,
    file: Attachment | None = None,
) -> WahaMessage:
    """Queue what `composing` made of a message earlier, with the file that was kept for it.

    The same token returns the first message. Raises MessageRefused.
    """
    if earlier := _earlier(chat, by, client_token):
        return earlier
    check_open(chat, "")
    return _queue_once(chat, by, client_token, values, file)


@retried()
@transaction.atomic
def retry(*, message: WahaMessage, by: "User") -> WahaMessage:
    """Queue a failed or unconfirmed message again because a person wants it.

    Asked twice, or of a message that got through meanwhile, it changes nothing. The reserved id
    is kept: should the first one have gone out, WhatsApp sees the same message again. Raises
    MessageRefused.
    """
    row, message = _locked(message)
    if message.status not in {MessageStatus.FAILED, MessageStatus.UNKNOWN}:
        return message
    if row.state not in {OutboxState.FAILED, OutboxState.UNKNOWN}:
        return message
    if reason := closed_reason(row.session, row.chat):
        raise MessageRefused(reason)
    log.record("message.retried", target=message, by=by, old={"status": message.status})
    WahaOutbox.objects.filter(pk=row.pk).update(
        state=OutboxState.QUEUED, attempts=0, due_at=timezone.now(), owner="", lease_until=None,
        posted_at=None, typing_since=None, last_error="",
    )  # fmt: skip
    # The one way down: a person's word.
    message.status, message.error = MessageStatus.PENDING, ""
    WahaMessage.objects.filter(pk=message.pk, created_at=message.created_at).update(
        status=message.status, error=""
    )
    rows.tell(message)
    hint("deliver")
    return message


@retried()
@transaction.atomic
def confirm(*, message: WahaMessage, by: "User") -> WahaMessage:
    """Take a person's word that an unconfirmed message was sent.

    Its outbox row stays `unknown`: an echo that comes yet finds it there instead of making a
    second bubble.
    """
    _row, message = _locked(message)
    if message.status == MessageStatus.UNKNOWN:
        log.record("message.confirmed", target=message, by=by, old={"status": message.status})
        message.error = ""
        rows.raise_status(message, MessageStatus.SENT, error="")
    return message


@retried()
@transaction.atomic
def discard(*, message: WahaMessage, by: "User") -> None:
    """Delete a message that failed, is not confirmed or still waits. Raises MessageRefused.

    If an unconfirmed one did go out, its echo brings it back as what it is: sent.
    """
    row, message = _locked(message)
    if STATUS_RANK[message.status] >= STATUS_RANK[MessageStatus.SENT]:
        raise MessageRefused(_("This message was sent meanwhile. It cannot be discarded."))
    if row.state not in {OutboxState.FAILED, OutboxState.UNKNOWN, OutboxState.QUEUED}:
        raise MessageRefused(_("This message is being sent right now. Try again in a minute."))
    log.record("message.discarded", target=message, by=by, old={"status": message.status})
    WahaOutbox.objects.filter(pk=row.pk).update(state=OutboxState.DISCARDED, owner="")
    for attachment in Attachment.objects.of(message):
        files.remove(attachment, by=by)
    rows.delete(message)


def _earlier(chat: WahaChat, by: "User | None", token: str) -> WahaMessage | None:
    """The message that this token already stands for."""
    if not token or len(token) > MAX_TOKEN:
        raise MessageRefused(_("This page is out of date. Reload it, then send again."))
    row = WahaOutbox.objects.filter(client_token=token).first()
    if row is None:
        return None
    message = rows.find(row.message_id, row.message_created_at)
    if message is None:
        raise MessageRefused(_("This message was discarded. Write a new one."))
    if message.chat_id != chat.pk or message.sent_by_id != (by.pk if by else None):
        raise MessageRefused(_("This page is out of date. Reload it, then send again."))
    return message


def _queue_once(
    chat: WahaChat,
    by: "User | None",
    token: str,
    values: dict[str, Any],
    file: File,
) -> WahaMessage:
    try:
        return _queue(chat, by, token, values, file)
    except IntegrityError:
        # Another request with this token was faster: the database's word, not a look before.
        if earlier := _earlier(chat, by, token):
            return earlier
        raise


@retried()
@transaction.atomic
def _queue(
    chat: WahaChat,
    by: "User | None",
    token: str,
    values: dict[str, Any],
    file: File,
) -> WahaMessage:
    message = rows.new_message(chat, sent_by=by, **values)
    WahaOutbox.objects.create(
        session_id=chat.session_id,
        chat=chat,
        message=message,
        message_created_at=message.created_at,
        client_token=token,
        is_first=chat.kind == ChatKind.DIRECT and not rows.has_messages(chat),
    )
    rows.insert(message, token=token)
    if isinstance(file, Attachment):  # kept with what was planned
        changes.move(file, to=message, by=by)
    elif file is not None:
        files.attach(file, record=message, by=by, chat_id=chat.pk)
    hint("deliver")
    return message


def _locked(message: WahaMessage) -> tuple[WahaOutbox, WahaMessage]:
    """The outbox row under its lock, and the message as it is now."""
    # Without a join: it would lock the number and the chat too, and MariaDB has no FOR UPDATE OF.
    row = WahaOutbox.objects.select_for_update().filter(message_id=message.pk).first()
    fresh = rows.find(message.pk, message.created_at)
    if row is None or fresh is None:
        raise MessageRefused(_("This message was not sent from here."))
    return row, fresh
