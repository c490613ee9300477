"""Stars and pins on messages, on WhatsApp first."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from waha.gateway.payloads import MARKED
from waha.models import MarkKind, MessageFields, WahaChat, WahaMark
from waha.outbound.abilities import PIN, STAR, lacking
from waha.outbound.asking import ask, journal
from waha.outbound.posting import full_id
from waha.outbound.refusals import MessageRefused

if TYPE_CHECKING:
    from accounts.models import User

# WhatsApp knows these three and no others.
DAYS = (1, 7, 30)


def standing(message: MessageFields) -> set[str]:
    """Which marks a message has."""
    rows = WahaMark.objects.standing().filter(message_pk=message.pk)
    return set(rows.values_list("kind", flat=True))


def star(*, chat: WahaChat, message: MessageFields, on: bool, by: "User") -> None:
    """Star a message for everybody on the number, or take the star away. Raises MessageRefused."""
    _check(chat, message, STAR)
    session, identity = chat.session, full_id(chat, message)
    ask(
        session,
        lambda client: client.star(session.waha_name, chat.chat_id, identity, on=on),
        chat=chat,
    )
    payload = {"messageId": identity, "kind": str(MarkKind.STAR), "isSet": on}
    _record(chat, payload, "message.starred" if on else "message.unstarred", message, by)


def pin(*, chat: WahaChat, message: MessageFields, days: int, by: "User") -> None:
    """Pin a message on top of the chat on everybody's phone. Raises MessageRefused."""
    _check(chat, message, PIN)
    if days not in DAYS:
        raise MessageRefused(_("WhatsApp pins a message for 1, 7 or 30 days."))
    session, identity = chat.session, full_id(chat, message)
    span = timedelta(days=days)
    ask(
        session,
        lambda client: client.pin(
            session.waha_name, chat.chat_id, identity, seconds=int(span.total_seconds())
        ),
        chat=chat,
    )
    until = int((timezone.now() + span).timestamp())
    payload = {"messageId": identity, "kind": str(MarkKind.PIN), "isSet": True, "until": until}
    _record(chat, payload, "message.pinned", message, by)


def unpin(*, chat: WahaChat, message: MessageFields, by: "User") -> None:
    """Take a pin away. Raises MessageRefused."""
    _check(chat, message, PIN)
    session, identity = chat.session, full_id(chat, message)
    ask(
        session,
        lambda client: client.unpin(session.waha_name, chat.chat_id, identity),
        chat=chat,
    )
    payload = {"messageId": identity, "kind": str(MarkKind.PIN), "isSet": False}
    _record(chat, payload, "message.unpinned", message, by)


def _check(chat: WahaChat, message: MessageFields, what: str) -> None:
    if not message.message_id or message.revoked_at is not None:
        raise MessageRefused(_("Nothing can be done with this message on WhatsApp."))
    if reason := lacking(chat.session, what):
        raise MessageRefused(reason)


def _record(
    chat: WahaChat, payload: dict[str, Any], entry: str, message: MessageFields, by: "User"
) -> None:
    journal(chat.session, [(MARKED, payload)], entry, message, by)
