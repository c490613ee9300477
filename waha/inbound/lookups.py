"""Asks WAHA what surrounds chats: who is in a group, a number's labels, who is behind a LID.

The waha_lookups row is the work. No transaction is open while WAHA is asked, and what it
answers counts as of the question: an event that came meanwhile is newer and stays.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from mercury.db.retry import retried
from waha import groups, labels, questions, updates
from waha.gateway.client import Refused, Unavailable, WahaClient
from waha.gateway.payloads import cut, is_lid, normalise
from waha.gateway.payloads.ids import alternative
from waha.inbound import identities
from waha.inbound.again import LEASE, Again, mine, put_off, settle
from waha.models import (
    LookupKind,
    SessionStatus,
    UpdateKind,
    WahaChat,
    WahaGroup,
    WahaLookup,
)
from waha.servers import client_for

logger = logging.getLogger(__name__)

BATCH = 20
ATTEMPTS = 8
REST = timedelta(hours=1)

Asker = Callable[[WahaClient, WahaLookup, datetime], Again | None]


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
    if not mine(row).update(due_at=claimed, attempts=F("attempts") + 1):
        return False
    row.due_at = claimed
    client, asked_at = client_for(row.session), timezone.now()
    try:
        again = ASKERS[LookupKind(row.kind)](client, row, asked_at)
    except Unavailable as error:
        logger.info("%s: %s", row, type(error).__name__)
        if row.attempts + 1 >= ATTEMPTS:
            _rest(row, error.reason)
        return False
    except Refused as refusal:
        # Not connected any more: it is due until it is.
        if refusal.code != "state":
            _refused(row, refusal)
        return False
    if again:
        put_off(row, again)
    else:
        settle(row)
    return True


def _refused(row: WahaLookup, refusal: Refused) -> None:
    if row.kind in identities.KINDS:
        put_off(row, identities.unknown(row, refusal), refusal.reason)
    else:
        settle(row, refusal.reason)


def _rest(row: WahaLookup, error: str) -> None:
    """Ask once in a while only, of a WAHA that has failed so often."""
    if row.kind in identities.KINDS:
        put_off(row, identities.unknown(row), error)
        return
    if WahaGroup.objects.filter(chat_id=row.ref, left_at__isnull=False).exists():
        settle(row, error)  # WhatsApp tells nothing of a group to who is not in it
        return
    mine(row).update(last_error=error[:255], due_at=timezone.now() + REST, attempts=ATTEMPTS - 1)


def _ask_group(client: WahaClient, row: WahaLookup, asked_at: datetime) -> Again | None:
    chat = WahaChat.objects.select_related("session").filter(pk=row.ref).first()
    if chat is None:
        return None
    name = row.session.waha_name
    subject = client.group_subject(name, chat.chat_id) or ""
    members = []
    for each in client.group_participants(name, chat.chat_id)[: groups.MOST_MEMBERS]:
        address = normalise(each.id)
        if address and each.role != "left":
            members.append(groups.Seen(address, alternative(address, each.pn), each.role))
    only_admins = client.only_admins_write(name, chat.chat_id)
    _take_group(chat, cut(subject), members, only_admins, asked_at)
    identities.learn(row.session, [(each.address, each.alt) for each in members])
    if any(is_lid(each.lid) and not each.phone for each in members):
        questions.want_each(row.session_id, LookupKind.MEMBERS, [chat.pk])
    return None


@retried()
@transaction.atomic
def _take_group(
    chat: WahaChat,
    subject: str,
    members: list[groups.Seen],
    only_admins: bool | None,
    asked_at: datetime,
) -> None:
    if members:
        groups.tell_all(chat.pk, members, at=asked_at)
        groups.note_own(chat.pk, [chat.session.me_id])
    if only_admins is not None:
        groups.rule(chat.pk, only_admins=only_admins, at=asked_at)
    if subject:
        named = WahaChat.objects.filter(pk=chat.pk)
        # A name that an event told since then is newer.
        named.exclude(named_at__gte=asked_at).update(name=subject, named_at=asked_at)
    updates.record(UpdateKind.CHAT, chat.session_id, chat.pk, chat.pk)


def _ask_labels(client: WahaClient, row: WahaLookup, asked_at: datetime) -> Again | None:
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
    return None


ASKERS: dict[LookupKind, Asker] = {
    LookupKind.GROUP: _ask_group,
    LookupKind.LABELS: _ask_labels,
    LookupKind.LID: identities.ask_chat,
    LookupKind.LIDS: identities.ask_all,
    LookupKind.MEMBERS: identities.ask_members,
}
