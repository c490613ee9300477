"""What people send: queued in one transaction, tried again, confirmed or discarded by them."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attachments import intake
from attachments import services as files
from attachments.intake import Stored
from attachments.models import Attachment
from attachments.refusals import FileRefused, StorageFailed
from audit import log
from mercury.celery import hint
from mercury.db.retry import retried
from waha.models import (
    ChatKind,
    MediaState,
    MessageFields,
    MessageStatus,
    MessageType,
    OutboxState,
    SessionStatus,
    WahaChat,
    WahaMessage,
    WahaOutbox,
    WahaSession,
)
from waha.models.message import STATUS_RANK
from waha.outbound import rows, uploads
from waha.outbound.refusals import MessageRefused

if TYPE_CHECKING:
    from accounts.models import User

__all__ = [
    "MAX_TEXT", "MessageRefused", "check_open", "clean", "closed_reason", "confirm", "discard",
    "retry", "send_card", "send_file", "send_text",
]  # fmt: skip

MAX_TEXT = 65_536  # WhatsApp's own limit, in characters
MAX_TOKEN = 64


def closed_reason(session: WahaSession, chat: WahaChat | None = None) -> str:
    """Why nothing can be written now, as a sentence for the composer; "" when one may write.

    A number that connects again takes messages: that lasts seconds, and they wait.
    """
    if chat is not None and chat.kind in {ChatKind.CHANNEL, ChatKind.STATUS}:
        return _("WhatsApp lets nobody answer here.")
    reasons = {
        SessionStatus.SCAN_QR: _(
            "This number is not connected: its QR code has to be scanned with the phone."
        ),
        SessionStatus.FAILED: _("This number has lost its connection. It has to be connected."),
        SessionStatus.STOPPED: _("This number is switched off. It has to be started first."),
    }
    return reasons.get(SessionStatus(session.status), "")


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
    text = clean(body)
    if not text:
        raise MessageRefused(_("The message is empty. Write something first."))
    _check(chat, text, reply_to)
    values = {"type": MessageType.TEXT, "content": text, **_quote(chat, reply_to)}
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
    check_open(chat, "")
    return _queue_once(chat, by, client_token, {"type": kind, "extra": extra}, None)


def send_file(
    *,
    chat: WahaChat,
    upload: "UploadedFile[bytes]",
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
    text = clean(caption)
    _check(chat, text, reply_to)
    try:
        stored = intake.receive(
            upload.chunks(), name=upload.name or "", max_bytes=uploads.max_bytes()
        )
    except (FileRefused, StorageFailed) as refusal:
        raise MessageRefused(str(refusal)) from refusal
    try:
        kind, mime_type = uploads.kind_of(stored.mime_type, voice=voice)
        stored = replace(stored, mime_type=mime_type)
        values = {
            "type": kind,
            "content": text,
            "media_mime": mime_type,
            "media_name": stored.display_name,
            "media_size": stored.size,
            "media_state": MediaState.STORED,
            **_quote(chat, reply_to),
        }
        message = _queue_once(chat, by, client_token, values, stored)
    except BaseException:
        intake.discard(stored)
        raise
    if not Attachment.objects.filter(uuid=stored.uuid).exists():  # the other request's file stays
        intake.discard(stored)
    return message


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


def check_open(chat: WahaChat, text: str) -> None:
    """Refuse what can never be sent in a chat as it is now. Raises MessageRefused."""
    if len(text) > MAX_TEXT:
        raise MessageRefused(
            _("The message is too long: %(length)s characters, at most 65,536. Shorten it.")
            % {"length": len(text)}
        )
    if reason := closed_reason(chat.session, chat):
        raise MessageRefused(reason)


def _check(chat: WahaChat, text: str, reply_to: MessageFields | None) -> None:
    check_open(chat, text)
    if reply_to is not None and (not reply_to.message_id or reply_to.chat_id != chat.pk):
        raise MessageRefused(
            _("The message you answer has no number from WhatsApp yet. Wait until it is sent.")
        )


def _quote(chat: WahaChat, reply_to: MessageFields | None) -> dict[str, Any]:
    if reply_to is None:
        return {}
    quote = {
        "sender": chat.session.me_id if reply_to.from_me else reply_to.sender_id,
        "type": str(reply_to.type),
        "text": reply_to.content[:300],
        "from_me": reply_to.from_me,
    }
    return {"reply_to_message_id": reply_to.message_id, "extra": {"quote": quote}}


def _queue_once(
    chat: WahaChat, by: "User | None", token: str, values: dict[str, Any], stored: Stored | None
) -> WahaMessage:
    try:
        return _queue(chat, by, token, values, stored)
    except IntegrityError:
        # Another request with this token was faster: the database's word, not a look before.
        if earlier := _earlier(chat, by, token):
            return earlier
        raise


@retried()
@transaction.atomic
def _queue(
    chat: WahaChat, by: "User | None", token: str, values: dict[str, Any], stored: Stored | None
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
    if stored is not None:
        files.attach(stored, record=message, by=by, chat_id=chat.pk)
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


def clean(text: str) -> str:
    """The text as it is sent: browsers send CRLF, and no database takes lone surrogates."""
    plain = text.encode("utf-8", "ignore").decode().replace("\x00", "")
    return plain.replace("\r\n", "\n").replace("\r", "\n").strip()
