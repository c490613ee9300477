"""Changing what was said, on WhatsApp first: reactions, edits, deletions for everyone."""

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from waha.gateway.receipts import Receipt
from waha.models import (
    MessageFields,
    MessageStatus,
    MessageType,
    WahaChat,
    WahaReaction,
)
from waha.models.message import STATUS_RANK
from waha.outbound.asking import ask, journal
from waha.outbound.outbox import MAX_TEXT, clean
from waha.outbound.posting import full_id
from waha.outbound.refusals import MessageRefused

if TYPE_CHECKING:
    from accounts.models import User

# WhatsApp's own limits, as its help pages give them in 2026.
EDITABLE_FOR = timedelta(minutes=15)
DELETABLE_FOR = timedelta(days=2)
MAX_EMOJI = 32
ME = "me"


def my_reaction(message: MessageFields) -> str:
    """The emoji this number has put on a message, or ""."""
    standing = WahaReaction.objects.filter(message_pk=message.pk, sender_id=ME)
    return standing.values_list("emoji", flat=True).first() or ""


def may_edit(message: MessageFields) -> bool:
    """Whether WhatsApp still lets the words of a message be changed."""
    return (
        _is_ours(message)
        and message.type == MessageType.TEXT
        and timezone.now() - message.created_at < EDITABLE_FOR
    )


def may_delete(message: MessageFields) -> bool:
    """Whether WhatsApp still deletes a message for everyone."""
    return _is_ours(message) and timezone.now() - message.created_at < DELETABLE_FOR


def react(*, chat: WahaChat, message: MessageFields, emoji: str, by: "User") -> None:
    """Put the number's one reaction on a message; "" takes it away. Raises MessageRefused."""
    if not message.message_id or message.revoked_at is not None:
        raise MessageRefused(_("Nothing can be done with this message on WhatsApp."))
    if len(emoji) > MAX_EMOJI or emoji != clean(emoji):
        raise MessageRefused(_("This is no emoji."))
    session, identity = chat.session, full_id(chat, message)
    receipt = ask(
        session, lambda client: client.react(session.waha_name, identity, emoji), chat=chat
    )
    payload = _payload(chat, receipt) | {"reaction": {"text": emoji, "messageId": identity}}
    journal(session, [("message.reaction", payload)], "message.reacted", message, by)


def edit(*, chat: WahaChat, message: MessageFields, text: str, by: "User") -> None:
    """Change the words of an own text. Raises MessageRefused, also when it is too late."""
    words = clean(text)
    if not words:
        raise MessageRefused(_("The message is empty. Write something first."))
    if len(words) > MAX_TEXT:
        raise MessageRefused(_("The message is too long. Shorten it to 65,536 characters."))
    if not may_edit(message):
        raise MessageRefused(_("WhatsApp lets a text be changed for 15 minutes only."))
    session, identity = chat.session, full_id(chat, message)
    receipt = ask(
        session,
        lambda client: client.edit_message(session.waha_name, chat.chat_id, identity, words),
        chat=chat,
    )
    payload = _payload(chat, receipt) | {"body": words, "editedMessageId": message.message_id}
    journal(session, [("message.edited", payload)], "message.edited", message, by)


def delete_for_everyone(*, chat: WahaChat, message: MessageFields, by: "User") -> None:
    """Take an own message back from everybody's phones; our record of it stays.

    Raises MessageRefused, also when it is too late.
    """
    if not may_delete(message):
        raise MessageRefused(_("WhatsApp deletes a message for everyone for two days only."))
    session, identity = chat.session, full_id(chat, message)
    receipt = ask(
        session,
        lambda client: client.delete_message(session.waha_name, chat.chat_id, identity),
        chat=chat,
    )
    payload = {"after": _payload(chat, receipt), "revokedMessageId": message.message_id}
    journal(session, [("message.revoked", payload)], "message.deleted", message, by)


def _is_ours(message: MessageFields) -> bool:
    return (
        message.from_me
        and bool(message.message_id)
        and message.revoked_at is None
        and STATUS_RANK[message.status] >= STATUS_RANK[MessageStatus.SENT]
    )


def _payload(chat: WahaChat, receipt: Receipt) -> dict[str, Any]:
    raw_id = receipt.raw_id or secrets.token_hex(10).upper()
    return {
        "id": f"true_{chat.chat_id}_{raw_id}",
        "timestamp": int(timezone.now().timestamp()),
        "from": chat.chat_id,
        "fromMe": True,
    }
