"""How each kind of message is given to WAHA."""

from contextlib import suppress
from dataclasses import dataclass

from django.core.cache import cache
from django.utils.translation import gettext as _

from attachments import services as files
from attachments.models import Attachment
from attachments.refusals import StorageFailed
from waha.gateway.client import (
    NotSent,
    OutgoingContact,
    OutgoingFile,
    Receipt,
    Refused,
    Unavailable,
    WahaClient,
    WahaError,
)
from waha.gateway.payloads import is_phone, phone_digits
from waha.gateway.receipts import raw_part
from waha.models import (
    Engine,
    MessageFields,
    MessageType,
    WahaChat,
    WahaMessage,
    WahaOutbox,
)
from waha.outbound import composing
from waha.outbound.uploads import OGG

# Engines that drive a browser cannot reserve ids (FACTS of WAHA 2026.4.3: NOWEB and GOWS only).
WITHOUT_IDS = {Engine.WEBJS, Engine.WPP}
# WAHA takes an id with these; its media calls have no such field.
CARDS = {MessageType.LOCATION, MessageType.CONTACT, MessageType.POLL}
WITH_IDS = {MessageType.TEXT, *CARDS}
ASKED_FOR = 24 * 3600


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message ready to go: all that is needed to post it without looking anything up."""

    session: str
    chat_id: str
    message: WahaMessage
    reply_to: str | None
    reserved_id: str
    file: OutgoingFile | None


def pack(client: WahaClient, row: WahaOutbox, message: WahaMessage) -> Parcel:
    """Ask for whom it is, reserve the id, read the file. Whatever this raises, nothing has left.

    Raises NotSent (later) or Refused (never).
    """
    if reason := composing.group_reason(row.chat):  # it was open when this was written
        raise Refused(reason, status=403, code="forbidden")
    if row.is_first:
        _check_exists(client, row)
    if row.typing_since is not None:
        _stop_typing(client, row)
    return Parcel(
        session=row.session.waha_name,
        chat_id=row.chat.chat_id,
        message=message,
        reply_to=_quoted_id(row, message),
        reserved_id=row.reserved_id or _reserve(client, row, message),
        file=_file(message) if message.has_media else None,
    )


def post(client: WahaClient, parcel: Parcel) -> Receipt:
    """Send it. Raises NotSent, Refused or OutcomeUnknown."""
    message, to, file = parcel.message, (parcel.session, parcel.chat_id), parcel.file
    text, quoted = message.content, parcel.reply_to
    if message.type in CARDS:
        return _post_card(client, parcel)
    if file is None:
        return client.send_text(*to, text, reply_to=quoted, message_id=parcel.reserved_id or None)
    if message.type == MessageType.IMAGE:
        return client.send_image(*to, file, caption=text, reply_to=quoted)
    if message.type == MessageType.VIDEO:
        return client.send_video(*to, file, caption=text, reply_to=quoted)
    if message.type == MessageType.VOICE:
        convert = not message.media_mime.startswith(OGG)
        return client.send_voice(*to, file, reply_to=quoted, convert=convert)
    return client.send_file(*to, file, caption=text, reply_to=quoted)


def _post_card(client: WahaClient, parcel: Parcel) -> Receipt:
    to, extra = (parcel.session, parcel.chat_id), parcel.message.extra
    identity = parcel.reserved_id or None
    if parcel.message.type == MessageType.LOCATION:
        place = extra["location"]
        return client.send_location(
            *to, latitude=place["latitude"], longitude=place["longitude"],
            title=place["name"], message_id=identity,
        )  # fmt: skip
    if parcel.message.type == MessageType.CONTACT:
        cards = [
            OutgoingContact(card["name"], card["phones"][0]["number"]) for card in extra["contacts"]
        ]
        return client.send_contact(*to, cards, message_id=identity)
    poll = extra["poll"]
    return client.send_poll(
        *to, name=poll["name"], options=poll["options"], multiple=poll["many"], message_id=identity
    )


def start_typing(client: WahaClient, row: WahaOutbox) -> bool:
    """Show "typing…" to the customer; False where WAHA cannot. Raises NotSent."""
    try:
        client.start_typing(row.session.waha_name, row.chat.chat_id)
    except Unavailable as error:
        raise _not_sent(error) from error
    except Refused as refusal:
        if refusal.code == "state":
            raise
        return False
    return True


def _stop_typing(client: WahaClient, row: WahaOutbox) -> None:
    with suppress(WahaError):  # the message itself ends it, too
        client.stop_typing(row.session.waha_name, row.chat.chat_id)


def remember_on_whatsapp(session_id: int, chat_id: str) -> None:
    """Note that somebody is on WhatsApp, so that they are not asked for again for a day."""
    cache.set(f"on-whatsapp:{session_id}:{chat_id}", 1, ASKED_FOR)


def _check_exists(client: WahaClient, row: WahaOutbox) -> None:
    """A message to somebody who is not on WhatsApp can get a number locked: ask first."""
    chat_id = row.chat.chat_id
    if not is_phone(chat_id) or cache.get(f"on-whatsapp:{row.session_id}:{chat_id}"):
        return
    try:
        found = client.check_exists(row.session.waha_name, phone_digits(chat_id))
    except Unavailable as error:
        raise _not_sent(error) from error
    except Refused as refusal:
        if refusal.code in {"unsupported", "missing"}:  # an engine that cannot tell
            return
        raise
    if not found.exists:
        raise Refused(
            _("This number is not on WhatsApp. Check it, or call instead."), status=0, code="nobody"
        )
    remember_on_whatsapp(row.session_id, chat_id)


def _not_sent(error: Unavailable) -> NotSent:
    return NotSent(error.reason, status=error.status, retry_after=error.retry_after)


def _reserve(client: WahaClient, row: WahaOutbox, message: WahaMessage) -> str:
    if message.type not in WITH_IDS or row.session.server.engine in WITHOUT_IDS:
        return ""
    try:
        return raw_part(client.new_message_id(row.session.waha_name) or "")
    except Unavailable as error:
        raise _not_sent(error) from error


def _file(message: WahaMessage) -> OutgoingFile:
    attachment = Attachment.objects.of(message).order_by("pk").first()
    if attachment is None:
        raise Refused("The file is not there any more.", status=0, code="missing")
    try:
        data = files.read(attachment)
    except StorageFailed as error:
        raise NotSent(str(error)) from error
    return OutgoingFile(attachment.mime_type, attachment.display_name, data)


def full_id(chat: WahaChat, message: MessageFields) -> str:
    """The id of a message as WAHA wants it: whose it is, the chat, the raw id, in groups who."""
    sender = chat.session.me_id if message.from_me else message.sender_id
    return _full_id(chat, message.message_id, from_me=message.from_me, sender=sender)


def _quoted_id(row: WahaOutbox, message: WahaMessage) -> str | None:
    """The full id of the message that is answered, as WAHA wants it."""
    raw_id = message.reply_to_message_id
    if not raw_id:
        return None
    quote = message.extra.get("quote", {})
    sender, from_me = str(quote.get("sender") or ""), bool(quote.get("from_me"))
    return _full_id(row.chat, raw_id, from_me=from_me, sender=sender)


def _full_id(chat: WahaChat, raw_id: str, *, from_me: bool, sender: str) -> str:
    parts = ["true" if from_me else "false", chat.chat_id, raw_id]
    if chat.is_group and sender:
        parts.append(sender)
    return "_".join(parts)
