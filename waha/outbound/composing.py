"""What a person wrote or picked, as the columns of a message; what cannot go is refused."""

from dataclasses import replace
from typing import Any

from django.core.files.base import File
from django.utils.translation import gettext as _

from attachments import intake
from attachments.intake import Stored
from attachments.refusals import FileRefused, StorageFailed
from attachments.scan_states import ScanState
from waha import groups
from waha.models import (
    ChatKind,
    MediaState,
    MessageFields,
    MessageType,
    SessionStatus,
    WahaChat,
    WahaGroup,
    WahaSession,
)
from waha.outbound import uploads
from waha.outbound.refusals import MessageRefused

MAX_TEXT = 65_536  # WhatsApp's own limit, in characters


def text(chat: WahaChat, body: str, *, reply_to: MessageFields | None = None) -> dict[str, Any]:
    """A text. Raises MessageRefused."""
    words = clean(body)
    if not words:
        raise MessageRefused(_("The message is empty. Write something first."))
    _check(chat, words, reply_to)
    return {"type": MessageType.TEXT, "content": words, **_quote(chat, reply_to)}


def card(chat: WahaChat, kind: MessageType, extra: dict[str, Any]) -> dict[str, Any]:
    """A place, a contact or a poll; `extra` as WahaMessage holds it. Raises MessageRefused."""
    check_open(chat, "")
    return {"type": kind, "extra": extra}


def file(
    chat: WahaChat,
    upload: "File[bytes]",
    *,
    caption: str = "",
    voice: bool = False,
    reply_to: MessageFields | None = None,
) -> tuple[dict[str, Any], Stored]:
    """A file, whose bytes lie on storage afterwards: `intake.discard` if nothing comes of it.

    Raises MessageRefused.
    """
    words = clean(caption)
    _check(chat, words, reply_to)
    try:
        stored = intake.receive(
            upload.chunks(), name=upload.name or "", max_bytes=uploads.max_bytes()
        )
    except (FileRefused, StorageFailed) as refusal:
        raise MessageRefused(str(refusal)) from refusal
    try:
        if stored.scan_state == ScanState.QUARANTINED:
            raise MessageRefused(
                _("%(name)s is held back by the virus scan. It cannot be sent.")
                % {"name": stored.display_name}
            )
        kind, mime_type = uploads.kind_of(stored.mime_type, voice=voice)
        stored = replace(stored, mime_type=mime_type)
    except BaseException:
        intake.discard(stored)
        raise
    values = {
        "type": kind,
        "content": words,
        "media_mime": mime_type,
        "media_name": stored.display_name,
        "media_size": stored.size,
        "media_state": MediaState.STORED,
        **_quote(chat, reply_to),
    }
    return values, stored


def closed_reason(session: WahaSession, chat: WahaChat | None = None) -> str:
    """Why nothing can be written now, as a sentence for the composer; "" when one may write.

    A number that connects again takes messages: that lasts seconds, and they wait.
    """
    if chat is not None and chat.kind in {ChatKind.CHANNEL, ChatKind.STATUS}:
        return _("WhatsApp lets nobody answer here.")
    if chat is not None and (reason := group_reason(chat)):
        return reason
    reasons = {
        SessionStatus.SCAN_QR: _(
            "This number is not connected: its QR code has to be scanned with the phone."
        ),
        SessionStatus.FAILED: _("This number has lost its connection. It has to be connected."),
        SessionStatus.STOPPED: _("This number is switched off. It has to be started first."),
    }
    return reasons.get(SessionStatus(session.status), "")


def group_reason(chat: WahaChat) -> str:
    """Why our number cannot write in a group, "" when it can or the chat is none; one query."""
    if chat.kind != ChatKind.GROUP:
        return ""
    return groups.closed_reason(WahaGroup.objects.filter(chat_id=chat.pk).first())


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


def clean(text: str) -> str:
    """The text as it is sent: browsers send CRLF, and no database takes lone surrogates."""
    plain = text.encode("utf-8", "ignore").decode().replace("\x00", "")
    return plain.replace("\r\n", "\n").replace("\r", "\n").strip()
