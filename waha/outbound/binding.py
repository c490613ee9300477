"""What became of a send, written down: each outcome in one short transaction.

A claim is known by its owner, new for each: what an old claim learns late changes nothing that
was decided since, save for the proof that a message went out, which always counts.
"""

import logging
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mercury.celery import hint
from mercury.db.models import TimestampedQuerySet
from mercury.db.retry import retried
from waha.models import MessageStatus, OutboxState, WahaMessage, WahaOutbox
from waha.models.message import STATUS_RANK
from waha.outbound import breaker, rows
from waha.outbound.pacing import Hold

logger = logging.getLogger(__name__)

# Longer than the client waits for an answer, short of the minute in which an unknown shows.
POST_LEASE = timedelta(seconds=50)
FIRST_LOOK = timedelta(seconds=2)
# About a day of pauses.
MAX_ATTEMPTS = 300
RACES = 5
LEASES = 200


@retried()
@transaction.atomic
def begin(row: WahaOutbox, message: WahaMessage, reserved_id: str) -> bool:
    """Write down that the POST begins now; False when it must not.

    Committed before a byte leaves: if this process dies after it, the outcome is unknown. A
    reserved id becomes the message's key here, so that even an echo before the answer finds it.
    """
    fresh = rows.find(message.pk, message.created_at)
    held = WahaOutbox.objects.select_for_update().filter(
        pk=row.pk, owner=row.owner, state=OutboxState.SENDING, lease_until__gt=timezone.now()
    )
    if not held.exists():
        return False
    if fresh is None or _is_sent(fresh):  # an echo or a tick proved it before a second try
        state = OutboxState.SENT if fresh else OutboxState.DISCARDED
        held.update(state=state, lease_until=None)
        return False
    now = timezone.now()
    held.update(posted_at=now, lease_until=now + POST_LEASE, reserved_id=reserved_id)
    row.reserved_id = reserved_id
    if reserved_id and message.message_id != reserved_id:
        rows.rekey(message, reserved_id)
    return True


@retried()
def bind(row: WahaOutbox, message: WahaMessage, raw_id: str) -> None:
    """Note that WhatsApp has a message, under the id it gave ("" when the answer named none)."""
    for left in reversed(range(RACES)):
        try:
            _bind(row, message, raw_id)
        except IntegrityError:
            # The echo stored that id between our look and our write: it is there now.
            if not left:
                raise
        else:
            hint("drain")  # ticks may have come before the id they speak of
            return


@retried()
@transaction.atomic
def fail(row: WahaOutbox, message: WahaMessage, reason: str) -> None:
    """Note a definite no; a person reads why."""
    if _mine(row).update(state=OutboxState.FAILED, lease_until=None, last_error=reason):
        rows.raise_status(message, MessageStatus.FAILED, error=reason)


@retried()
@transaction.atomic
def postpone(
    row: WahaOutbox, message: WahaMessage, reason: str, *, asked: float | None = None
) -> None:
    """Try again later what surely never left; after about a day it fails."""
    if row.attempts >= MAX_ATTEMPTS:
        fail(row, message, _("WAHA could not be reached for a day. Send it again."))
        return
    _mine(row).update(
        state=OutboxState.QUEUED,
        due_at=timezone.now() + breaker.pause(row.attempts, asked),
        owner="",
        lease_until=None,
        posted_at=None,
        typing_since=None,
        last_error=reason,
    )


@retried()
@transaction.atomic
def hold(row: WahaOutbox, message: WahaMessage, hold: Hold) -> None:
    """Let a message wait for its time; what waits for long says why in its chat.

    Its turn is over: when it goes on, the customer sees us typing again first.
    """
    if _give_back(
        row,
        due_at=hold.until,
        last_error=hold.reason,
        attempts=row.attempts - 1,
        typing_since=None,
    ) and (hold.is_long and message.error != hold.reason):
        WahaMessage.objects.filter(pk=message.pk, created_at=message.created_at).update(
            error=hold.reason
        )
        rows.tell(message)


@retried()
def put_back(row: WahaOutbox) -> None:
    """Undo a claim, for its server is being tried by another worker."""
    _give_back(row, due_at=timezone.now() + FIRST_LOOK, attempts=row.attempts - 1)


@retried()
def begin_typing(row: WahaOutbox, seconds: float) -> None:
    """Note that the customer sees us typing, and when the message itself is due."""
    now = timezone.now()
    _give_back(
        row, due_at=now + timedelta(seconds=seconds), typing_since=now, attempts=row.attempts - 1
    )


@retried()
def mark_unknown(row: WahaOutbox, reason: str) -> None:
    """Note that a message may or may not have gone out: no machine sends it again."""
    _mine(row).filter(state=OutboxState.SENDING).update(
        state=OutboxState.UNKNOWN,
        due_at=timezone.now() + FIRST_LOOK,
        attempts=0,
        lease_until=None,
        last_error=reason,
    )


def give_up_leases() -> None:
    """Look after claims whose worker died: sent again only if nothing had left yet."""
    ended = WahaOutbox.objects.filter(
        state=OutboxState.SENDING, lease_until__lte=timezone.now()
    ).values_list("pk", "owner", "posted_at")
    # Row by row: one UPDATE over the index of states deadlocks with the claims of other workers.
    for pk, owner, posted_at in ended[:LEASES]:
        _give_up(pk, owner, posted=posted_at is not None)


@retried()
def _give_up(pk: int, owner: str, *, posted: bool) -> None:
    now = timezone.now()
    row = WahaOutbox.objects.filter(
        pk=pk, owner=owner, state=OutboxState.SENDING, posted_at__isnull=not posted,
        lease_until__lte=now,
    )  # fmt: skip
    if not posted:
        row.update(state=OutboxState.QUEUED, owner="", lease_until=None, due_at=now)
        return
    logger.warning("outbox %s has an unknown outcome: its worker stopped while sending", pk)
    row.update(
        state=OutboxState.UNKNOWN, attempts=0, lease_until=None, due_at=now,
        last_error="the worker stopped while sending",
    )  # fmt: skip


@transaction.atomic
def _bind(row: WahaOutbox, message: WahaMessage, raw_id: str) -> None:
    locked = WahaOutbox.objects.select_for_update().filter(pk=row.pk).first()
    fresh = rows.find(message.pk, message.created_at)
    if locked is None or fresh is None or locked.state == OutboxState.DISCARDED:
        return  # discarded while its answer was on the way; the echo shows what went out
    raw_id = raw_id or locked.reserved_id
    if raw_id and fresh.message_id in {"", raw_id, locked.reserved_id}:
        rows.rekey(fresh, raw_id)
    # Without an id it stays open for the echo, which binds it by its content.
    state = OutboxState.SENT if fresh.message_id else OutboxState.UNKNOWN
    WahaOutbox.objects.filter(pk=row.pk).update(
        state=state, lease_until=None, last_error="",
        posted_at=locked.posted_at or timezone.now(), due_at=timezone.now() + FIRST_LOOK,
    )  # fmt: skip
    rows.raise_status(fresh, MessageStatus.SENT, error="")


def _give_back(row: WahaOutbox, **values: Any) -> int:
    return _mine(row).update(
        state=OutboxState.QUEUED, owner="", lease_until=None, posted_at=None, **values
    )


def _mine(row: WahaOutbox) -> TimestampedQuerySet[WahaOutbox]:
    """The row, as long as nobody else decided about it since this claim."""
    return WahaOutbox.objects.filter(
        pk=row.pk, owner=row.owner, state__in=(OutboxState.SENDING, OutboxState.UNKNOWN)
    )


def _is_sent(message: WahaMessage) -> bool:
    return STATUS_RANK[message.status] >= STATUS_RANK[MessageStatus.SENT]
