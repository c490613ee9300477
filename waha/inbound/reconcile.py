"""Reads a number's history over REST and puts what we lack into the journal.

The waha_syncs row is the work and the place it has got to. A turn reads some pages under a
lease, oldest first, so that what is applied counts as unread in the order it was written; then
others have their turn. What we have is left out, and all of it may be done twice.
"""

import logging
import time
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from mercury.celery import hint, send_hint
from mercury.db.retry import retried
from waha import questions, updates
from waha.gateway.answers import Json
from waha.gateway.client import Refused, Unavailable, WahaClient, WahaError
from waha.inbound import findings, gaps, history, journal
from waha.models import (
    LookupKind,
    SessionStatus,
    SyncKind,
    SyncState,
    UpdateKind,
    WahaSession,
    WahaSync,
)
from waha.servers import client_for

logger = logging.getLogger(__name__)

SECONDS = 45.0
TURN_SECONDS = 8.0
LEASE = timedelta(seconds=120)
PAGE = 100
PAUSE = 0.2
"""Seconds between two pages of one number."""

BACKLOG = 2000
"""So many events that wait to be applied, and no more are fetched."""

OVERLAP = timedelta(minutes=10)
LADDER = (5, 15, 30, 60, 120, 300)
MOST_ATTEMPTS = 30
# Becoming connected makes it due at once; this is only in case that was missed.
NOT_CONNECTED = timedelta(seconds=60)
KEPT = ("reads_from", "chats", "is_listed", "offset", "chats_total", "chats_done", "read", "found")


def read_due(*, max_seconds: float = SECONDS) -> int:
    """Read what is due, turn by turn; returns how many messages were new.

    Ends after a while even if more is due, and asks for another worker then.
    """
    ends, found = time.monotonic() + max_seconds, 0
    while row := claim():
        found += read(row)
        if time.monotonic() >= ends:
            send_hint("read_history")
            break
    return found


@retried()
def claim(pk: int | None = None) -> WahaSync | None:
    """Take one due row, or None: missed messages before older chats, and one a number at a time.

    With `pk` that very row, if nobody else is at it.
    """
    now = timezone.now()
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    rows = WahaSync.objects.filter(free, state=SyncState.DUE)
    if pk is not None:
        wanted = rows.filter(pk=pk)
    else:
        busy = WahaSync.objects.filter(session=OuterRef("session"), lease_until__gte=now)
        wanted = rows.filter(
            ~Exists(busy),
            due_at__lte=now,
            session__status=SessionStatus.WORKING,
            session__stranger_id="",  # the history of another account is not this number's
        ).order_by("-kind", "due_at", "pk")
    for found in wanted.values_list("pk", flat=True)[:5]:
        if WahaSync.objects.filter(free, pk=found, state=SyncState.DUE).update(
            lease_until=now + LEASE
        ):
            return WahaSync.objects.select_related("session__server__secret").get(pk=found)
    return None


def read(row: WahaSync, *, seconds: float = TURN_SECONDS) -> int:
    """Read on with one claimed row for a while; returns how many messages were new."""
    ends, before = time.monotonic() + seconds, row.found
    client = client_for(row.session)
    try:
        while row.state == SyncState.DUE and time.monotonic() < ends:
            if journal.backlog(row.session_id) > BACKLOG:
                return _end_turn(row, before, timedelta(seconds=5))
            _read_page(client, row)
            if row.state == SyncState.DUE:
                time.sleep(PAUSE)
    except Refused as refusal:
        _refused(client, row, refusal)
    except WahaError as error:
        _failed(row, error)
    except BaseException:
        _end_turn(row, before, timedelta(seconds=LADDER[-1]))
        raise
    return _end_turn(row, before)


def _begin(row: WahaSync) -> datetime:
    """Return from when on to read: an overlap, and far enough back to meet a message that we have.

    Meeting it proves that WAHA's history reaches over the whole time.
    """
    if row.kind == SyncKind.IMPORT:
        return row.since
    met = gaps.newest_before(row.session_id, row.since)
    return min(row.since - OVERLAP, met or row.since)


def _read_page(client: WahaClient, row: WahaSync) -> None:
    """Read one page of the first chat left, or find out which chats there are."""
    if not row.is_listed:
        row.reads_from = _begin(row)
        row.chats = history.chats_to_read(client, row, row.reads_from)
        row.is_listed, row.chats_total = True, len(row.chats)
        row.chats_done = row.offset = 0
    elif row.chats:
        page = client.messages(
            row.session.waha_name,
            row.chats[0],
            limit=PAGE,
            offset=row.offset,
            since=row.reads_from,
            until=row.until,
            oldest_first=True,
        )
        if page:
            _take(row, page)
        else:
            _next_chat(row)
    if not row.chats:
        _finish(row, SyncState.DONE)
        return
    row.attempts = 0
    _keep_place(row)


def _take(row: WahaSync, page: list[Json]) -> None:
    found = findings.take(row, page)
    row.offset += PAGE
    row.read += len(page)
    row.found += found.new
    row.oldest_at = min(filter(None, (row.oldest_at, found.oldest_at)), default=None)
    row.newest_found_at = max(
        filter(None, (row.newest_found_at, found.newest_new_at)), default=None
    )
    if found.new:
        hint("drain")


def _next_chat(row: WahaSync) -> None:
    row.chats, row.offset = row.chats[1:], 0
    row.chats_done += 1


def _keep_place(row: WahaSync) -> None:
    """Write down how far it got, and prolong the lease; screens may show it."""
    row.lease_until = timezone.now() + LEASE
    row.save(
        update_fields=[
            *KEPT,
            "oldest_at",
            "newest_found_at",
            "attempts",
            "lease_until",
            "updated_at",
        ]
    )


def _finish(row: WahaSync, state: SyncState, reason: str = "") -> None:
    """End a reading: from now on what it covered counts as read, or is marked as a gap."""
    row.state, row.last_error, row.lease_until = state, reason[:255], None
    row.finished_at = timezone.now()
    row.save()
    if row.kind == SyncKind.RECONCILE:
        if state == SyncState.FAILED and not row.outage_from:
            # Neither read nor marked: the next reading begins where this one should have.
            updates.record(UpdateKind.SESSION, row.session_id, ref=row.session_id)
            return
        if state == SyncState.FAILED and row.outage_from:
            gaps.mark(row, row.outage_from, row.until)
        elif state == SyncState.DONE:
            gaps.judge(row)
        WahaSession.objects.filter(
            pk=row.session_id, reconciled_to__gte=row.since, reconciled_to__lt=row.until
        ).update(reconciled_to=row.until)
    else:
        # The history made WAHA learn more people's addresses, and us more chats.
        questions.want(row.session_id, LookupKind.LIDS)
    updates.record(UpdateKind.SESSION, row.session_id, ref=row.session_id)


def _refused(client: WahaClient, row: WahaSync, refusal: Refused) -> None:
    """Decide what a no means: not now, not so, or not this chat."""
    if refusal.code == "state":
        row.due_at = timezone.now() + NOT_CONNECTED
        row.last_error = refusal.reason[:255]
    elif history.can_split(row, refusal):
        try:
            row.chats = history.split(client, row, row.reads_from or row.since)
        except WahaError as error:
            _finish(row, SyncState.FAILED, error.reason)
            return
        row.chats_total, row.offset = len(row.chats), 0
    elif row.is_listed and row.chats and refusal.code not in {"key", "forbidden"}:
        logger.warning("session %s: history of a chat: %s", row.session_id, refusal.reason)
        _next_chat(row)
    else:
        _finish(row, SyncState.FAILED, refusal.reason)


def _failed(row: WahaSync, error: WahaError) -> None:
    """Try again later; after some hours a reading is given up."""
    row.attempts += 1
    if row.attempts >= MOST_ATTEMPTS:
        _finish(row, SyncState.FAILED, error.reason)
        return
    asked = error.retry_after if isinstance(error, Unavailable) else None
    pause = LADDER[min(row.attempts, len(LADDER)) - 1]
    row.due_at = timezone.now() + timedelta(seconds=max(pause, min(asked or 0, 3600)))
    row.last_error = error.reason[:255]


def _end_turn(row: WahaSync, before: int, pause: timedelta | None = None) -> int:
    """Let others have their turn; returns how many messages this one brought."""
    if row.state == SyncState.DUE:
        row.lease_until = None
        if pause is not None:
            row.due_at = timezone.now() + pause
        row.save()
    return row.found - before
