"""Delivers what is due. The rows are the work: this may run as often as anybody likes."""

import logging
import time
import uuid
from datetime import timedelta

from django.db.models import F, Min
from django.utils import timezone
from django.utils.translation import gettext as _

from mercury.celery import send_hint
from mercury.db.retry import retried
from waha.gateway.client import NotSent, OutcomeUnknown, Refused
from waha.models import OutboxState, WahaMessage, WahaOutbox
from waha.outbound import binding, pacing, posting, rows, unknown
from waha.servers import client_for

logger = logging.getLogger(__name__)

# From the claim to the POST: reserving an id and reading a file.
CLAIM_LEASE = timedelta(seconds=60)
CANDIDATES = 20
SECONDS = 45.0
# WAHA restarts a number within seconds: a send into that surely did not go out.
PASSING = {"STARTING"}


def deliver_due() -> int:
    """Send what is due and look after what is not known; returns how many rows it took.

    Ends after a while even if more is due, and asks for another worker then.
    """
    binding.give_up_leases()
    unknown.settle_due()
    ends, taken = time.monotonic() + SECONDS, 0
    while candidates := _heads():
        progress = 0
        for pk in candidates:
            if time.monotonic() >= ends:
                send_hint("deliver")
                return taken + progress
            if row := _claim(pk):
                progress += 1
                _deliver(row)
                if pacing.is_resting(row.session.server_id):
                    break  # read the heads anew, without those of that server
        taken += progress
        if not progress:  # other workers took them all
            break
    return taken


def _heads() -> list[int]:
    """The first waiting row of each chat that has none on its way: order within a chat is kept.

    One that is put off keeps those behind it waiting. Unknown ones do not: that may last.
    """
    # Waiting and sent ones in one statement: read apart, a row claimed between the two looks
    # would let the next one of its chat overtake it.
    heads = (
        WahaOutbox.objects.filter(state__in=(OutboxState.QUEUED, OutboxState.SENDING))
        .exclude(session__server__in=pacing.resting())
        .values("chat_id")
        .annotate(head=Min("pk"))
        .values_list("head", flat=True)
    )
    due = WahaOutbox.objects.filter(
        pk__in=heads, state=OutboxState.QUEUED, due_at__lte=timezone.now()
    )
    return list(due.order_by("due_at", "pk").values_list("pk", flat=True)[:CANDIDATES])


@retried()
def _claim(pk: int) -> WahaOutbox | None:
    """Take one row under a lease of our own, or None when somebody was faster."""
    now, owner = timezone.now(), uuid.uuid4().hex
    claimed = WahaOutbox.objects.filter(pk=pk, state=OutboxState.QUEUED, due_at__lte=now).update(
        state=OutboxState.SENDING,
        owner=owner,
        lease_until=now + CLAIM_LEASE,
        posted_at=None,
        attempts=F("attempts") + 1,
    )
    if not claimed:
        return None
    return (
        WahaOutbox.objects.select_related("session__server__secret", "chat")
        .filter(pk=pk, owner=owner)
        .first()
    )


def _deliver(row: WahaOutbox) -> None:
    """Send one claimed row, whatever happens: a fault of one must not stop the others."""
    message = rows.find(row.message_id, row.message_created_at)
    if message is None:
        WahaOutbox.objects.filter(pk=row.pk).update(state=OutboxState.DISCARDED, lease_until=None)
        return
    begun = False
    try:
        client = client_for(row.session)
        parcel = posting.pack(client, row, message)
        begun = binding.begin(row, message, parcel.reserved_id)
        if not begun:
            return
        # No transaction is open here: a slow WAHA must not hold row locks.
        receipt = posting.post(client, parcel)
    except NotSent as error:  # surely never reached WAHA: due again, later
        pacing.failed(row.session.server_id)
        binding.postpone(row, message, error.reason, asked=error.retry_after)
    except Refused as error:  # a definite no: a person reads why
        pacing.succeeded(row.session.server_id)
        _refuse(row, message, error)
    except OutcomeUnknown as error:  # timeout, 5xx after posting: never sent again by us
        binding.mark_unknown(row, error.reason)
    except Exception:
        logger.exception("outbox %s met an error of ours", row.pk)
        if begun:
            binding.mark_unknown(row, "an error of ours while sending")
        else:
            binding.postpone(row, message, _("An error of ours. An admin finds it in the log."))
    else:
        pacing.succeeded(row.session.server_id)
        binding.bind(row, message, receipt.raw_id or "")


def _refuse(row: WahaOutbox, message: WahaMessage, refusal: Refused) -> None:
    if refusal.code == "state" and refusal.session_status in PASSING:
        binding.postpone(row, message, refusal.reason)
    else:
        binding.fail(row, message, refusal.reason)
