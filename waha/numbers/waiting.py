"""What a number has on its way, as its queue page draws it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from mercury.ui import phones
from waha.models import (
    Level,
    OutboxState,
    WahaMessage,
    WahaOutbox,
    WahaPace,
    WahaScheduled,
    WahaSession,
)
from waha.models.sharing import levels
from waha.outbound import breaker, pacing

PAGE = 50
PLANNED_SHOWN = 50
LINE = 120


@dataclass(frozen=True, slots=True)
class Waiting:
    """One message on its way. `position` counts from the first to go."""

    pk: int
    position: int
    to: str
    chat_url: str
    what: str
    kind: str
    by: str
    since: datetime
    state: str
    why: str
    until: datetime | None
    may_cancel: bool


@dataclass(frozen=True, slots=True)
class Planned:
    pk: int
    chat_pk: int
    to: str
    chat_url: str
    what: str
    kind: str
    by: str
    send_at: datetime
    unless_written: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Queue:
    """The page: what is on its way, what is for later, and what all of it waits for."""

    rows: list[Waiting]
    planned: list[Planned]
    total: int
    next_after: int | None
    pace: WahaPace
    server_rests: bool
    locked_until: datetime | None
    may_reply: bool
    may_manage: bool


def queue(user: User, session: WahaSession, after: int = 0) -> Queue:
    """Read a number's queue in a fixed number of queries; `after` is the last row's key."""
    level = levels(user)[session.pk]
    sends = WahaOutbox.objects.visible_to(user).filter(session=session).on_their_way()
    found = list(sends.filter(pk__gt=after).select_related("chat").order_by("pk")[: PAGE + 1])
    earlier = sends.filter(pk__lte=after).count() if after else 0
    rows, now = found[:PAGE], timezone.now()
    messages = _messages(user, rows)
    pace = WahaPace.objects.select_related("paused_by").filter(pk=session.pk).first()
    pace = pace or pacing.of(session.pk)
    locked = pace.locked_until is not None and pace.locked_until > now
    return Queue(
        rows=[
            _waiting(row, messages.get(row.message_id), earlier + place, now, level)
            for place, row in enumerate(rows, start=1)
        ],
        planned=[] if after else _planned(user, session),
        total=sends.count(),
        next_after=rows[-1].pk if len(found) > PAGE else None,
        pace=pace,
        server_rests=breaker.is_resting(session.server_id),
        locked_until=pace.locked_until if locked else None,
        may_reply=level >= Level.REPLY,
        may_manage=level >= Level.MANAGE,
    )


def _messages(user: User, rows: list[WahaOutbox]) -> dict[int, WahaMessage]:
    if not rows:
        return {}
    times = [row.message_created_at for row in rows]
    found = (
        WahaMessage.objects.visible_to(user)
        .filter(pk__in=[row.message_id for row in rows])
        .filter(created_at__range=(min(times), max(times)))
        .select_related("sent_by")
    )
    return {message.pk: message for message in found}


def _waiting(
    row: WahaOutbox, message: WahaMessage | None, position: int, now: datetime, level: Level
) -> Waiting:
    later = row.due_at if row.state == OutboxState.QUEUED and row.due_at > now else None
    return Waiting(
        pk=row.pk,
        position=position,
        to=phones.name(str(row.chat)),
        chat_url=row.chat.get_absolute_url(),
        what=phones.text(_line(message)),
        kind=message.get_type_display() if message and message.has_media else "",
        by=message.sent_by.name if message and message.sent_by else "",
        since=row.created_at,
        state=row.state,
        why=_why(row, later),
        until=later if later and later - now > timedelta(seconds=10) else None,
        may_cancel=level >= Level.REPLY and row.state == OutboxState.QUEUED,
    )


def _line(message: WahaMessage | None) -> str:
    if message is None:
        return ""
    return phones.text(" ".join((message.content or message.media_name).split())[:LINE])


def _why(row: WahaOutbox, later: datetime | None) -> str:
    if row.state == OutboxState.SENDING:
        return _("Is being sent.")
    if row.state == OutboxState.UNKNOWN:
        return _("It is not known whether it was sent: WhatsApp is being asked.")
    if row.typing_since is not None:
        return _("The customer sees “typing…”.")
    if later and row.last_error:
        return phones.name(row.last_error)
    return _("Waits for its turn.")


def _planned(user: User, session: WahaSession) -> list[Planned]:
    rows = (
        WahaScheduled.objects.visible_to(user)
        .waiting()
        .filter(session=session)
        .select_related("chat", "created_by")
        .order_by("send_at", "pk")[:PLANNED_SHOWN]
    )
    return [
        Planned(
            pk=row.pk,
            chat_pk=row.chat_id,
            to=phones.name(str(row.chat)),
            chat_url=row.chat.get_absolute_url(),
            what=phones.text(row.line[:LINE]),
            kind=row.kind,
            by=row.created_by.name,
            send_at=row.send_at,
            unless_written=row.unless_written,
            reason=row.reason,
        )
        for row in rows
    ]
