"""Sends of which nobody knows whether they went out: looked up, shown, never sent again."""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from mercury.db.retry import retried
from waha.gateway.client import Refused, WahaError
from waha.gateway.payloads import PayloadError, loose_raw_id
from waha.models import MessageStatus, OutboxState, WahaMessage, WahaOutbox
from waha.models.message import STATUS_RANK
from waha.outbound import binding, breaker, rows
from waha.servers import client_for

logger = logging.getLogger(__name__)

BATCH = 50
# Until then an echo or a look-up mostly tells, and a person need not worry.
SHOWN_AFTER = timedelta(seconds=60)
CLOSED_AFTER = timedelta(days=1)


def settle_due() -> None:
    """Find out about the sends that are due for it; 2, 4, 8 ... seconds apart, then minutes."""
    due = (
        WahaOutbox.objects.filter(state=OutboxState.UNKNOWN, due_at__lte=timezone.now())
        .exclude(session__server__in=breaker.resting())
        .select_related("session__server__secret", "chat")
        .order_by("due_at", "pk")[:BATCH]
    )
    for row in due:
        if _claim(row):
            _settle(row)


@retried()
def _claim(row: WahaOutbox) -> bool:
    """The next due time is the claim: who moves it looks."""
    return bool(
        WahaOutbox.objects.filter(pk=row.pk, state=OutboxState.UNKNOWN, due_at=row.due_at).update(
            due_at=timezone.now() + breaker.pause(row.attempts + 1), attempts=F("attempts") + 1
        )
    )


def _settle(row: WahaOutbox) -> None:
    message = rows.find(row.message_id, row.message_created_at)
    still = WahaOutbox.objects.filter(pk=row.pk, state=OutboxState.UNKNOWN)
    if message is None:
        still.update(state=OutboxState.DISCARDED)
        return
    age = timezone.now() - (row.posted_at or row.updated_at)
    if STATUS_RANK[message.status] >= STATUS_RANK[MessageStatus.SENT]:
        # Sent for sure. Without an id it waits for the echo that names it, though not for ever.
        if message.message_id or age > CLOSED_AFTER:
            still.update(state=OutboxState.SENT, last_error="")
        return
    if row.reserved_id and _is_there(row):
        binding.bind(row, message, row.reserved_id)
        return
    if age >= SHOWN_AFTER:
        _show(message)


@retried()
@transaction.atomic
def _show(message: WahaMessage) -> None:
    reason = _(
        "It is not known whether this was sent. Look at the phone: then send it again or discard."
    )
    rows.raise_status(message, MessageStatus.UNKNOWN, error=reason)


def _is_there(row: WahaOutbox) -> bool:
    """True when WAHA has the message under the id we reserved; its absence proves nothing."""
    try:
        found = client_for(row.session).message(
            row.session.waha_name, row.chat.chat_id, row.reserved_id
        )
        return bool(loose_raw_id(found.get("id")) == row.reserved_id)
    except (Refused, PayloadError):
        return False
    except WahaError as error:
        logger.info("outbox %s not looked up: %s", row.pk, type(error).__name__)
        return False
