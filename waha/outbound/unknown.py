"""Sends of which nobody knows whether they went out: looked up, shown, never sent again."""

import logging
from contextlib import suppress
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from mercury.db.retry import retried
from waha.gateway.client import Refused, WahaError
from waha.gateway.payloads import PayloadError, loose_raw_id, message_from_rest
from waha.models import MessageStatus, OutboxState, WahaMessage, WahaMessageKey, WahaOutbox
from waha.models.message import STATUS_RANK
from waha.outbound import binding, breaker, rows
from waha.servers import client_for

logger = logging.getLogger(__name__)

BATCH = 50
# Until then an echo or a look-up mostly tells, and a person need not worry.
SHOWN_AFTER = timedelta(seconds=60)
CLOSED_AFTER = timedelta(days=1)
# WhatsApp's times have whole seconds, and its clock is not ours.
CLOCKS_APART = timedelta(seconds=30)
LOOKED_THROUGH = 30


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
    if raw_id := _found(row, message):
        binding.bind(row, message, raw_id)
        return
    if age >= SHOWN_AFTER:
        _show(message)


@retried()
@transaction.atomic
def _show(message: WahaMessage) -> None:
    reason = _(
        "WhatsApp was asked and does not know it: probably it was not sent. "
        "Check the phone, then send it again or discard it."
    )
    rows.raise_status(message, MessageStatus.UNKNOWN, error=reason)


def _found(row: WahaOutbox, message: WahaMessage) -> str:
    """The id under which WAHA has a message, "" when it has not; its absence proves nothing."""
    try:
        return _by_id(row) if row.reserved_id else _by_content(row, message)
    except (Refused, PayloadError):
        return ""
    except WahaError as error:
        logger.info("outbox %s not looked up: %s", row.pk, type(error).__name__)
        return ""


def _by_id(row: WahaOutbox) -> str:
    found = client_for(row.session).message(
        row.session.waha_name, row.chat.chat_id, row.reserved_id
    )
    return row.reserved_id if loose_raw_id(found.get("id")) == row.reserved_id else ""


def _by_content(row: WahaOutbox, message: WahaMessage) -> str:
    """The oldest message of ours of the same kind and words since the POST that nobody claims.

    The same rule by which an echo finds its send.
    """
    since = (row.posted_at or row.updated_at) - CLOCKS_APART
    told = client_for(row.session).messages(
        row.session.waha_name, row.chat.chat_id, limit=LOOKED_THROUGH, since=since
    )
    same = []
    for each in told:
        with suppress(PayloadError):
            event = message_from_rest(row.session.waha_name, each)
            is_same = event.kind == message.type and event.body.strip() == message.content.strip()
            if event.from_me and is_same and event.at >= since:
                same.append((event.at, event.raw_id))
    known = set(
        WahaMessageKey.objects.filter(
            session_id=row.session_id, from_me=True, message_id__in=[raw for _at, raw in same]
        ).values_list("message_id", flat=True)
    )
    return next((raw for _at, raw in sorted(same) if raw not in known), "")
