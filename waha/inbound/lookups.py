"""Asks WAHA what surrounds chats: who is in a group, which labels a number has.

The waha_lookups row is the work. No transaction is open while WAHA is asked, and what it
answers counts as of the question: an event that came meanwhile is newer and stays.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from mercury.celery import hint
from mercury.db.retry import retried
from waha import groups, labels, updates
from waha.gateway.client import Refused, Unavailable, WahaClient
from waha.gateway.payloads import cut, normalise
from waha.gateway.payloads.ids import alternative
from waha.models import (
    LookupKind,
    SessionStatus,
    UpdateKind,
    WahaChat,
    WahaLookup,
    WahaSession,
)
from waha.servers import client_for

logger = logging.getLogger(__name__)

BATCH = 20
LEASE = timedelta(seconds=60)
ATTEMPTS = 8
REST = timedelta(hours=1)
LABELS_EVERY = timedelta(hours=6)


def want(session_id: int, kind: LookupKind, ref: int = 0) -> None:
    """Have something asked soon; belongs in the transaction of what made it worth asking."""
    _row, made = WahaLookup.objects.get_or_create(session_id=session_id, kind=kind, ref=ref)
    if not made:
        WahaLookup.objects.filter(session_id=session_id, kind=kind, ref=ref).update(
            due_at=timezone.now(), attempts=0
        )
    hint("look_up")


def keep_labels(session: WahaSession) -> None:
    """Have the labels of a connected number read now and then: events of them may be missed."""
    row = WahaLookup.objects.filter(session=session, kind=LookupKind.LABELS).first()
    if row is None or (
        row.due_at is None
        and (row.answered_at is None or timezone.now() - row.answered_at > LABELS_EVERY)
    ):
        want(session.pk, LookupKind.LABELS)


def look_up_due() -> int:
    """Ask what is due, of numbers that are connected; returns how much was answered.

    A row is claimed by moving its due time: a worker that dies leaves it due again.
    """
    due = WahaLookup.objects.filter(
        due_at__lte=timezone.now(), session__status=SessionStatus.WORKING
    ).order_by("due_at", "pk")
    rows = list(due.select_related("session__server__secret")[:BATCH])
    return sum(_look_up(row) for row in rows)


def _look_up(row: WahaLookup) -> bool:
    claimed = timezone.now() + LEASE * 2 ** min(row.attempts, 6)
    mine = WahaLookup.objects.filter(pk=row.pk, due_at=row.due_at)
    if not mine.update(due_at=claimed, attempts=F("attempts") + 1):
        return False
    row.due_at = claimed
    client, asked_at = client_for(row.session), timezone.now()
    try:
        if row.kind == LookupKind.GROUP:
            _ask_group(client, row, asked_at)
        else:
            _ask_labels(client, row, asked_at)
    except Unavailable as error:
        logger.info("%s: %s", row, type(error).__name__)
        if row.attempts + 1 >= ATTEMPTS:
            _rest(row, error.reason)
        return False
    except Refused as refusal:
        # Not connected any more: it is due until it is.
        if refusal.code != "state":
            _settle(row, refusal.reason)
        return False
    _settle(row)
    return True


def _settle(row: WahaLookup, error: str = "") -> None:
    """End the work, unless it was wanted again meanwhile."""
    rows = WahaLookup.objects.filter(pk=row.pk)
    rows.update(last_error=error[:255], answered_at=timezone.now())
    rows.filter(due_at=row.due_at).update(due_at=None, attempts=0)


def _rest(row: WahaLookup, error: str) -> None:
    """Ask once in a while only, of a WAHA that has failed so often."""
    WahaLookup.objects.filter(pk=row.pk, due_at=row.due_at).update(
        last_error=error[:255], due_at=timezone.now() + REST, attempts=ATTEMPTS - 1
    )


def _ask_group(client: WahaClient, row: WahaLookup, asked_at: datetime) -> None:
    chat = WahaChat.objects.filter(pk=row.ref).first()
    if chat is None:
        return
    name = row.session.waha_name
    subject = client.group_subject(name, chat.chat_id) or ""
    members = []
    for each in client.group_participants(name, chat.chat_id)[: groups.MOST_MEMBERS]:
        address = normalise(each.id)
        if address and each.role != "left":
            members.append(groups.Seen(address, alternative(address, each.pn), each.role))
    _take_group(chat, cut(subject), members, asked_at)


@retried()
@transaction.atomic
def _take_group(
    chat: WahaChat, subject: str, members: list[groups.Seen], asked_at: datetime
) -> None:
    if members:
        groups.tell_all(chat.pk, members, at=asked_at)
    if subject:
        named = WahaChat.objects.filter(pk=chat.pk)
        # A name that an event told since then is newer.
        named.exclude(named_at__gte=asked_at).update(name=subject, named_at=asked_at)
    updates.record(UpdateKind.CHAT, chat.session_id, chat.pk, chat.pk)


def _ask_labels(client: WahaClient, row: WahaLookup, asked_at: datetime) -> None:
    name = row.session.waha_name
    found = client.labels(name)
    chats: dict[str, list[str]] = {}
    for label in found:
        try:
            chats[label.id] = client.label_chats(name, label.id)
        except Refused as refusal:
            if refusal.code != "unsupported":
                raise
            break
    labels.replace_all(row.session_id, found, chats, at=asked_at)
