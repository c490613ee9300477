"""Delivers what is due. The rows are the work: this may run as often as anybody likes."""

import logging
import math
import time
import uuid
from datetime import timedelta

from django.core.cache import cache
from django.db.models import F, Min, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from mercury import celery
from mercury.db.retry import retried
from waha import reachout
from waha.gateway.client import NotSent, OutcomeUnknown, ReachoutLocked, Refused, WahaClient
from waha.models import OutboxState, WahaMessage, WahaOutbox, WahaPace, WahaSession
from waha.outbound import binding, breaker, pacing, posting, rows, scheduled, unknown
from waha.outbound.pacing import Hold
from waha.servers import client_for

logger = logging.getLogger(__name__)

# From the claim to the POST: reserving an id and reading a file.
CLAIM_LEASE = timedelta(seconds=60)
CANDIDATES = 20
SECONDS = 45.0
# The schedule asks for a delivery as often as this anyway.
SWEEP = timedelta(seconds=2)
# WAHA restarts a number within seconds: a send into that surely did not go out.
PASSING = {"STARTING"}


def deliver_due() -> int:
    """Send what is due and look after what is not known; returns how many rows it took.

    Ends after a while even if more is due, and asks for another worker then.
    """
    binding.give_up_leases()
    scheduled.hand_over_due()
    unknown.settle_due()
    ends, taken = time.monotonic() + SECONDS, 0
    while candidates := _heads():
        progress, had_turn = 0, set[int]()
        paces = pacing.of_many({head.session_id for head in candidates})
        for head in candidates:
            if time.monotonic() >= ends:
                celery.send_hint("deliver")
                return taken + progress
            pace = paces[head.session_id]
            if not _has_turn(head, pace, had_turn) or not (row := _claim(head.pk)):
                continue
            progress += 1
            _deliver(row, pace)
            if breaker.is_resting(row.session.server_id):
                break  # read the heads anew, without those of that server
        taken += progress
        if not progress:  # other workers took them all, or nobody has a turn
            break
    _come_back()
    return taken


def _has_turn(head: WahaOutbox, pace: WahaPace, had_turn: set[int]) -> bool:
    """Whether a row may go now: one a round for each number that keeps a pace."""
    if head.typing_since is not None:  # it had its turn when it began to type
        return True
    if head.session_id in had_turn or not pacing.take_turn(pace):
        return False
    if pace.gap_ms or pace.typing:
        had_turn.add(head.session_id)
    return True


def _waiting() -> QuerySet[WahaOutbox]:
    """The first waiting row of each chat that has none on its way: order within a chat is kept.

    One that is put off keeps those behind it waiting. Unknown ones do not: that may last.
    """
    # Waiting and sent ones in one statement: read apart, a row claimed between the two looks
    # would let the next one of its chat overtake it.
    heads = (
        WahaOutbox.objects.filter(state__in=(OutboxState.QUEUED, OutboxState.SENDING))
        .exclude(session__server__in=breaker.resting())
        .exclude(session__in=pacing.paused())
        # Another account is connected: in its name nothing of ours goes out.
        .exclude(session__in=strangers())
        .values("chat_id")
        .annotate(head=Min("pk"))
        .values_list("head", flat=True)
    )
    return WahaOutbox.objects.filter(pk__in=heads, state=OutboxState.QUEUED)


def strangers() -> list[int]:
    """The numbers that another account is connected to, until a person has decided."""
    return list(WahaSession.objects.exclude(stranger_id="").values_list("pk", flat=True))


def _heads() -> list[WahaOutbox]:
    """What may go now, oldest first, without the numbers whose turn it is not."""
    now = timezone.now()
    due = _waiting().filter(due_at__lte=now)
    if busy := pacing.busy(now):
        due = due.filter(~Q(session__in=list(busy)) | Q(typing_since__isnull=False))
    columns = due.only("pk", "session_id", "typing_since")
    return list(columns.order_by("due_at", "pk")[:CANDIDATES])


def _come_back() -> None:
    """Ask for a worker at the moment of the next turn, when that is before the sweeper's.

    One such hint at a time: each worker that finds nothing to do would ask for one more.
    """
    now = timezone.now()
    soon = _waiting().filter(due_at__lte=now + SWEEP)
    due = dict(soon.values_list("session_id").annotate(Min("due_at")).order_by())
    if not due:
        return
    busy = pacing.busy(now)
    turns = [max(at, busy.get(pk, at)) for pk, at in due.items()]
    seconds = [(at - now).total_seconds() for at in turns if now < at <= now + SWEEP]
    # Whole seconds: Redis forgets a key of less at once, and then every worker would ask.
    if seconds and cache.add("deliver:wake", 1, math.ceil(min(seconds))):
        celery.send_hint("deliver", after=min(seconds))


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


def _deliver(row: WahaOutbox, pace: WahaPace) -> None:
    """Send one claimed row, whatever happens: a fault of one must not stop the others."""
    message = rows.find(row.message_id, row.message_created_at)
    if message is None:
        WahaOutbox.objects.filter(pk=row.pk).update(state=OutboxState.DISCARDED, lease_until=None)
        return
    if not breaker.may_try(row.session.server_id):
        binding.put_back(row)
        return
    if hold := pacing.hold(pace, row):
        breaker.not_tried(row.session.server_id)
        binding.hold(row, message, hold)
        return
    begun = False
    try:
        client = client_for(row.session)
        if _shows_typing(client, row, message, pace):
            breaker.succeeded(row.session.server_id)
            return
        parcel = posting.pack(client, row, message)
        begun = binding.begin(row, message, parcel.reserved_id)
        if not begun:
            breaker.not_tried(row.session.server_id)
            return
        # No transaction is open here: a slow WAHA must not hold row locks.
        receipt = posting.post(client, parcel)
    except NotSent as error:  # surely never reached WAHA: due again, later
        breaker.failed(row.session.server_id)
        binding.postpone(row, message, error.reason, asked=error.retry_after)
    except Refused as error:  # a definite no: a person reads why
        breaker.succeeded(row.session.server_id)
        _refuse(row, message, error)
    except OutcomeUnknown as error:  # timeout, 5xx after posting: never sent again by us
        if error.status is None:  # a server that swallows everything must not get it all
            breaker.failed(row.session.server_id)
        else:
            breaker.succeeded(row.session.server_id)
        binding.mark_unknown(row, error.reason)
    except Exception:
        logger.exception("outbox %s met an error of ours", row.pk)
        breaker.not_tried(row.session.server_id)
        if begun:
            binding.mark_unknown(row, "an error of ours while sending")
        else:
            binding.postpone(row, message, _("An error of ours. An admin finds it in the log."))
    else:
        breaker.succeeded(row.session.server_id)
        binding.bind(row, message, receipt.raw_id or "")


def _shows_typing(
    client: WahaClient, row: WahaOutbox, message: WahaMessage, pace: WahaPace
) -> bool:
    """Let the customer see us typing and come back for the message itself; False to send now.

    No worker waits meanwhile. Raises NotSent when WAHA cannot be reached.
    """
    seconds = pacing.typing_seconds(pace, message, row.chat)
    if row.typing_since is not None or not seconds:
        return False
    if not posting.start_typing(client, row):
        return False
    pacing.keep_turn(pace, seconds)
    binding.begin_typing(row, seconds)
    return True


def _refuse(row: WahaOutbox, message: WahaMessage, refusal: Refused) -> None:
    if isinstance(refusal, ReachoutLocked):
        until = reachout.lock(row.session_id)
        binding.hold(row, message, Hold(until, pacing.lock_words()))
    elif refusal.code == "state" and refusal.session_status in PASSING:
        binding.postpone(row, message, refusal.reason)
    else:
        binding.fail(row, message, refusal.reason)
