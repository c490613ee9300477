"""Messages for later: planned, called off, and handed to the outbox when their time comes."""

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from attachments import intake
from attachments import services as files
from attachments.intake import Stored
from attachments.models import Attachment
from audit import log
from mercury.db.retry import retried
from waha import updates
from waha.models import (
    EventState,
    Level,
    MessageFields,
    MessageType,
    ScheduledState,
    SessionStatus,
    UpdateKind,
    WahaChat,
    WahaEvent,
    WahaScheduled,
)
from waha.models.sharing import session_ids
from waha.outbound import composing, outbox
from waha.outbound.refusals import MessageRefused

if TYPE_CHECKING:
    from accounts.models import User

logger = logging.getLogger(__name__)

FURTHEST = timedelta(days=365)
BATCH = 50
# A number that is not connected at the time is waited for so long: later it would surprise.
PATIENCE = timedelta(hours=1)
AGAIN_AFTER = timedelta(minutes=1)
# What has come in and is not applied yet may be the customer's answer.
LISTENS_FOR = timedelta(seconds=30)


def schedule(
    *,
    chat: WahaChat,
    send_at: datetime,
    by: "User",
    client_token: str,
    body: str = "",
    upload: "UploadedFile[bytes] | None" = None,
    card: tuple[MessageType, dict[str, Any]] | None = None,
    reply_to: MessageFields | None = None,
    unless_written: bool = False,
) -> WahaScheduled:
    """Plan one message for `send_at`; the same token plans it once. Raises MessageRefused.

    A text, a file with `body` as its caption, or a card: a kind and what WahaMessage.extra holds
    of it. With `unless_written` it is cancelled as soon as the customer writes first.
    """
    if earlier := _earlier(client_token, by):
        return earlier
    _check_time(send_at)
    stored = None
    if card is not None:
        values = composing.card(chat, *card)
    elif upload is not None:
        values, stored = composing.file(chat, upload, caption=body, reply_to=reply_to)
    else:
        values = composing.text(chat, body, reply_to=reply_to)
    planned = WahaScheduled(
        session_id=chat.session_id,
        chat=chat,
        content=values.pop("content", ""),
        message=values,
        send_at=send_at,
        due_at=send_at,
        unless_written=unless_written,
        client_token=client_token,
        created_by=by,
    )
    try:
        return _plan(planned, stored)
    except BaseException as error:
        if stored is not None:
            intake.discard(stored)
        if not isinstance(error, IntegrityError):
            raise
        if earlier := _earlier(client_token, by):
            return earlier
        raise MessageRefused(_("This page is out of date. Reload it, then send again.")) from error


@retried()
@transaction.atomic
def cancel(*, planned: WahaScheduled, by: "User") -> None:
    """Call a planned message off. Raises MessageRefused when it has been sent meanwhile."""
    rows = WahaScheduled.objects.waiting().filter(pk=planned.pk)
    if rows.update(
        state=ScheduledState.CANCELLED, reason=_("Cancelled by %(name)s.") % {"name": by.name}
    ):
        drop_files(planned, by=by)
        log.record("message.cancelled", target=planned.chat, by=by, old={"planned": planned.pk})
        _tell(planned)
        return
    fresh = WahaScheduled.objects.filter(pk=planned.pk).first()
    if fresh is not None and fresh.state == ScheduledState.QUEUED:
        raise MessageRefused(_("This message was handed over meanwhile. Look at the chat."))


def drop_files(planned: WahaScheduled, *, by: "User | None") -> None:
    """Delete what was kept for a message that is not sent."""
    for attachment in Attachment.objects.of(planned):
        files.remove(attachment, by=by)


def hand_over_due() -> int:
    """Turn what is due into messages on their way; returns how many it looked at."""
    _call_off_answered()
    due = WahaScheduled.objects.waiting().filter(due_at__lte=timezone.now())
    pks = list(due.order_by("due_at", "pk").values_list("pk", flat=True)[:BATCH])
    for pk in pks:
        try:
            _hand_over(pk)
        except Exception:  # one that cannot be sent must not stop the others
            logger.exception("message for later %s met an error of ours", pk)
            WahaScheduled.objects.waiting().filter(pk=pk).update(
                due_at=timezone.now() + AGAIN_AFTER
            )
    return len(pks)


def _earlier(token: str, by: "User") -> WahaScheduled | None:
    return WahaScheduled.objects.filter(client_token=token, created_by=by).first()


def _check_time(send_at: datetime) -> None:
    now = timezone.now()
    if send_at <= now:
        raise MessageRefused(_("That time is over. Choose one that is still to come."))
    if send_at > now + FURTHEST:
        raise MessageRefused(_("That is more than a year away. Choose an earlier time."))


@retried()
@transaction.atomic
def _plan(planned: WahaScheduled, stored: Stored | None) -> WahaScheduled:
    chat, by = planned.chat, planned.created_by
    planned.in_seq = WahaChat.objects.values_list("in_seq", flat=True).get(pk=chat.pk)
    planned.pk = None  # of a try that was rolled back
    planned.save(force_insert=True)
    if stored is not None:
        files.attach(stored, record=planned, by=by, chat_id=chat.pk)
    log.record("message.planned", target=chat, by=by, new={"planned": planned.pk})
    _tell(planned)
    return planned


@retried()
@transaction.atomic
def _hand_over(pk: int) -> None:
    planned = WahaScheduled.objects.select_for_update().waiting().filter(pk=pk).first()
    if planned is None or planned.due_at > timezone.now():
        return
    chat = WahaChat.objects.select_related("session").get(pk=planned.chat_id)
    if planned.unless_written and chat.in_seq > planned.in_seq:
        _end(planned, ScheduledState.CANCELLED, _answered())
    elif planned.unless_written and _is_listening(planned):
        WahaScheduled.objects.filter(pk=pk).update(due_at=timezone.now() + timedelta(seconds=2))
    elif not _may_still_send(planned):
        reason = _("%(name)s may not answer on this number any more.")
        _end(planned, ScheduledState.FAILED, reason % {"name": planned.created_by.name})
    elif chat.session.status != SessionStatus.WORKING:
        _wait(planned)
    else:
        _queue(planned, chat)


def _queue(planned: WahaScheduled, chat: WahaChat) -> None:
    try:
        outbox.send_composed(
            chat=chat,
            values=planned.values,
            by=planned.created_by,
            client_token=f"later:{planned.pk}",
            file=Attachment.objects.of(planned).first(),
        )
    except MessageRefused as refusal:
        _end(planned, ScheduledState.FAILED, str(refusal))
    else:
        _end(planned, ScheduledState.QUEUED, "")


def _wait(planned: WahaScheduled) -> None:
    now = timezone.now()
    if now > planned.send_at + PATIENCE:
        reason = _("The number was not connected at that time, nor within an hour of it.")
        _end(planned, ScheduledState.FAILED, reason)
        return
    WahaScheduled.objects.filter(pk=planned.pk).update(
        due_at=now + AGAIN_AFTER, reason=_("Waits for the number to be connected.")
    )


@retried()
def _call_off_answered() -> None:
    """Cancel what was not to be sent if the customer writes first, as soon as they did."""
    answered = WahaScheduled.objects.waiting().filter(
        unless_written=True, chat__in_seq__gt=F("in_seq")
    )
    for planned in answered[:BATCH]:
        with transaction.atomic():
            _end(planned, ScheduledState.CANCELLED, _answered())


def _answered() -> str:
    return _("Not sent: the customer wrote first.")


def _is_listening(planned: WahaScheduled) -> bool:
    """Whether something of this number has come in that nobody has read yet."""
    now = timezone.now()
    if now > planned.send_at + LISTENS_FOR:
        return False
    return WahaEvent.objects.filter(
        state=EventState.NEW, session_id=planned.session_id, due_at__lte=now
    ).exists()


def _may_still_send(planned: WahaScheduled) -> bool:
    by = planned.created_by
    return by.is_active and planned.session_id in session_ids(by, Level.REPLY)


def _end(planned: WahaScheduled, state: ScheduledState, reason: str) -> None:
    rows = WahaScheduled.objects.waiting().filter(pk=planned.pk)
    if rows.update(state=state, reason=reason):
        if state != ScheduledState.QUEUED:
            drop_files(planned, by=None)
        _tell(planned)


def _tell(planned: WahaScheduled) -> None:
    """Let open pages of the chat look again at what is planned."""
    updates.record(UpdateKind.CHAT, planned.session_id, planned.chat_id, planned.chat_id)
