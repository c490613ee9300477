"""The journal and the outbox: every row done, due, or given up with a reason."""

from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from mercury.ops.invariants.messages import all_of, missing
from mercury.ops.invariants.rules import Rule
from waha.models import (
    EventState,
    MessageStatus,
    OutboxState,
    WahaEvent,
    WahaMessage,
    WahaOutbox,
)

FAR = timedelta(days=8)
"""Events wait at most a week, for a message that never came."""

STUCK = timedelta(minutes=15)
OUT = (MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.READ, MessageStatus.PLAYED)
NOT_OUT = (MessageStatus.PENDING, MessageStatus.UNKNOWN, MessageStatus.FAILED)


def _odd_events() -> "QuerySet[WahaEvent]":
    now = timezone.now()
    return WahaEvent.objects.filter(
        Q(state=EventState.DEAD, last_error="")
        | Q(state=EventState.PARKED, waiting_for__isnull=True)
        | Q(state__in=(EventState.NEW, EventState.PARKED), due_at__gt=now + FAR)
        | Q(state=EventState.PARKED, due_at__lt=now - timedelta(days=1))
    )


def wrong_events(keys: list[int]) -> dict[int, str]:
    """Events that nobody will take up again and nobody can explain."""
    rows = _odd_events().filter(pk__in=keys).values_list("pk", "state", "due_at")
    return {pk: f"{state} without a reason, due {due:%Y-%m-%d %H:%M}" for pk, state, due in rows}


def wrong_sends(keys: list[int]) -> dict[int, str]:
    """Sends that say otherwise than their message, or that hang in a worker's hands."""
    rows = list(WahaOutbox.objects.filter(pk__in=keys).exclude(state=OutboxState.DISCARDED))
    gone = missing({row.message_id: row.session_id for row in rows})
    statuses = dict(
        WahaMessage.objects.filter(pk__in=[row.message_id for row in rows]).values_list(
            "pk", "status"
        )
    )
    limit = timezone.now() - STUCK
    found = {}
    for row in rows:
        status = statuses.get(row.message_id, "")
        if row.message_id in gone:
            found[row.pk] = f"{row.state}, but its message is gone"
        elif row.state == OutboxState.SENT and status in NOT_OUT:
            found[row.pk] = f"sent, but its message says {status}"
        elif row.state == OutboxState.FAILED and status in OUT:
            found[row.pk] = f"failed, but its message says {status}"
        elif row.state == OutboxState.SENDING and (
            row.lease_until is None or row.lease_until < limit
        ):
            found[row.pk] = "in the hands of a worker that is gone"
    return found


def _pending() -> "QuerySet[WahaMessage]":
    """Messages of ours that wait to be sent though no row of the outbox speaks of them."""
    sends = WahaOutbox.objects.filter(message_id=OuterRef("pk")).exclude(
        state=OutboxState.DISCARDED
    )
    return WahaMessage.objects.filter(
        ~Exists(sends), status=MessageStatus.PENDING, stored_at__lt=timezone.now() - STUCK
    )


def wrong_pending(keys: list[Any]) -> dict[Any, str]:
    """Messages that show a clock for ever."""
    found = _pending().filter(pk__in=keys).values_list("pk", flat=True)
    return dict.fromkeys(found, "waits to be sent, and nothing will send it")


RULES = [
    Rule("journal", "every event is done, due, or given up with a reason",
         _odd_events, wrong_events),
    Rule("sends", "every send has one end, the one its message shows",
         all_of(WahaOutbox), wrong_sends),
    Rule("waiting", "every message that waits has a send", _pending, wrong_pending),
]  # fmt: skip
