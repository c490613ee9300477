"""From a parsed message to the columns of its row."""

from typing import Any

from waha.gateway.payloads import AckLevel, IncomingMessage, Media, cut
from waha.gateway.payloads.changes import LEVELS
from waha.gateway.payloads.text import PATH_LENGTH
from waha.models import MediaState, MessageFields, MessageStatus, WahaMessage, WahaSession

STATUSES = {
    AckLevel.FAILED: MessageStatus.FAILED,
    AckLevel.PENDING: MessageStatus.PENDING,
    AckLevel.SENT: MessageStatus.SENT,
    AckLevel.DELIVERED: MessageStatus.DELIVERED,
    AckLevel.READ: MessageStatus.READ,
    AckLevel.PLAYED: MessageStatus.PLAYED,
}


def status_of(event: IncomingMessage) -> MessageStatus:
    """Return the first status; our own without a readable ack was at least sent."""
    if not event.from_me:
        return MessageStatus.RECEIVED
    level = None if event.ack is None else LEVELS.get(min(event.ack, 4))
    return MessageStatus.SENT if level is None else STATUSES[level]


def new_row(session: WahaSession, chat_pk: int, pk: int, event: IncomingMessage) -> WahaMessage:
    """Return the unsaved row of a message we have not seen."""
    row = WahaMessage(
        id=pk,
        session_id=session.pk,
        chat_id=chat_pk,
        message_id=event.raw_id,
        status=status_of(event),
        created_at=event.at,
        wa_at=event.at,
        from_me=event.from_me,
        sender_id=event.sender,
        sender_name=event.sender_name,
    )
    fill(row, session, event)
    return row


def fill(row: MessageFields, session: WahaSession, event: IncomingMessage) -> None:
    """Put the content of `event` into `row`."""
    row.type = event.kind
    row.content = event.body
    row.reply_to_message_id = event.quote.raw_id if event.quote else ""
    row.extra = extra_of(session, event)
    if event.media:
        fill_media(row, event.media)


def fill_media(row: MessageFields, media: Media) -> None:
    """Put what is known of the file into `row`."""
    row.media_url = media_url(media)
    row.media_mime = media.mimetype
    row.media_name = media.filename
    row.media_size = media.size
    row.media_seconds = media.seconds
    row.media_state = MediaState.PENDING


def media_url(media: Media) -> str:
    """Return the path on WAHA, or the S3 address where the column can hold all of it."""
    if media.path:
        return media.path
    return media.url if media.in_s3 and len(media.url) <= PATH_LENGTH else ""


def extra_of(session: WahaSession, event: IncomingMessage) -> dict[str, Any]:
    """Return what a kind of message has beside its text; see WahaMessage.extra."""
    extra: dict[str, Any] = {}
    if event.location:
        place = event.location
        extra["location"] = {
            "latitude": place.latitude,
            "longitude": place.longitude,
            "live": place.live,
            "name": place.name or place.description,
            "address": place.address,
            "url": place.url,
        }
    if event.cards:
        extra["contacts"] = [
            {
                "name": card.name,
                "phones": [{"number": each.text, "wa": each.wa_digits} for each in card.phones],
            }
            for card in event.cards
        ]
    if event.poll:
        extra["poll"] = {"name": event.poll.name, "options": list(event.poll.options), "votes": {}}
    if event.quote:
        me = event.envelope.me
        own = ({me.address, me.lid} if me else {session.me_id}) - {""}
        extra["quote"] = {
            "sender": event.quote.participant,
            "type": str(event.quote.kind),
            "text": cut(event.quote.body, 300),
            "from_me": event.quote.participant in own,
        }
    if event.mentions:
        extra["mentions"] = list(event.mentions)
    if event.media and event.media.view_once:
        extra["view_once"] = True
    return extra
