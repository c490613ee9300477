"""Blue ticks for the customer, as far as the number's policy shows them."""

import logging
from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from mercury.celery import hint
from waha.gateway.client import Refused, Unavailable
from waha.models import ChatKind, SeenPolicy, WahaChat, WahaSeen, WahaSession
from waha.servers import client_for

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
ATTEMPTS = 5
BATCH = 50


def want(*, chat: WahaChat, place: int, replied: bool) -> None:
    """Note that the customer is to see `place` (an in_seq) as read, if the policy says so.

    Belongs in the transaction of the reading; the sending is the worker's.
    """
    if chat.kind not in {ChatKind.DIRECT, ChatKind.GROUP} or not _shows(chat.session_id, replied):
        return
    row, _made = WahaSeen.objects.get_or_create(chat_id=chat.pk)
    behind = WahaSeen.objects.filter(pk=row.pk, wanted_seq__lt=place, told_seq__lt=place)
    if behind.update(wanted_seq=place, due_at=timezone.now(), attempts=0):
        hint("send_seen")


def _shows(session_id: int, replied: bool) -> bool:
    policy = WahaSession.objects.values_list("seen_policy", flat=True).get(pk=session_id)
    return policy == SeenPolicy.ON_OPEN or (policy == SeenPolicy.ON_REPLY and replied)


def send_due() -> int:
    """Show the customers what is due; returns how many chats were told.

    A row is claimed by moving its due time: a worker that dies leaves it due again. Ticks are a
    courtesy, so after a few failures they are let go rather than shown hours late.
    """
    told = 0
    due = WahaSeen.objects.filter(due_at__lte=timezone.now()).order_by("due_at", "pk")
    for row in due.select_related("chat__session__server__secret")[:BATCH]:
        told += _send(row)
    return told


def _send(row: WahaSeen) -> bool:
    claimed = timezone.now() + LEASE * 2**row.attempts
    mine = WahaSeen.objects.filter(pk=row.pk, due_at=row.due_at, wanted_seq=row.wanted_seq)
    if not mine.update(due_at=claimed, attempts=F("attempts") + 1):
        return False
    session = row.chat.session
    try:
        client_for(session).send_seen(session.waha_name, row.chat.chat_id)
    except Unavailable as error:
        logger.info("seen of chat %s waits: %s", row.pk, type(error).__name__)
        if row.attempts + 1 < ATTEMPTS:
            return False
        logger.warning("seen of chat %s is let go after %s attempts", row.pk, ATTEMPTS)
        _settle(row)
        return False
    except Refused as error:
        logger.warning("seen of chat %s is refused: %s", row.pk, type(error).__name__)
        _settle(row)
        return False
    _settle(row)
    return True


def _settle(row: WahaSeen) -> None:
    """The customer was told up to `wanted_seq`; stays due when more was read meanwhile."""
    rows = WahaSeen.objects.filter(pk=row.pk)
    rows.filter(told_seq__lt=row.wanted_seq).update(told_seq=row.wanted_seq)
    rows.filter(wanted_seq=row.wanted_seq).update(due_at=None, attempts=0)
