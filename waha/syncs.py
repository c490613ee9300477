"""Asking for a number's history to be read: rows that `inbound.reconcile` works off."""

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from accounts.models import User
from mercury.celery import hint
from waha.models import SyncKind, SyncState, WahaSession, WahaSync

# WhatsApp's first message.
BEGINNING = timedelta(days=17 * 365)


def reconcile(
    *,
    session: WahaSession,
    since: datetime | None = None,
    outage_from: datetime | None = None,
    by: User | None = None,
) -> WahaSync | None:
    """Have everything fetched that was missed since the last good time (or `since`).

    `outage_from` says that nothing could come in from then on: a hole in WAHA's own history is
    then a gap, and marked. Nothing is asked of a number that has never been connected.
    """
    begins = since or session.reconciled_to
    if begins is None:
        return None
    now = timezone.now()
    waiting = _waiting(session, SyncKind.RECONCILE)
    if waiting is not None:
        known = waiting.outage_from
        waiting.since = min(waiting.since, begins)
        waiting.until = now
        waiting.outage_from = min(filter(None, (known, outage_from)), default=None)
        waiting.asked_by = waiting.asked_by or by
        waiting.save(update_fields=["since", "until", "outage_from", "asked_by", "updated_at"])
        return waiting
    row = WahaSync.objects.create(
        session=session,
        kind=SyncKind.RECONCILE,
        since=begins,
        until=now,
        outage_from=outage_from,
        asked_by=by,
    )
    hint("read_history")
    return row


def bring_older(*, session: WahaSession, days: int, by: User | None = None) -> WahaSync | None:
    """Have the chats of so many days before now fetched, 0 for none; None when one is at it."""
    if not days or _open(session, SyncKind.IMPORT).exists():
        return None
    now = timezone.now()
    row = WahaSync.objects.create(
        session=session,
        kind=SyncKind.IMPORT,
        since=now - min(timedelta(days=days), BEGINNING),
        until=now,
        asked_by=by,
    )
    hint("read_history")
    return row


def latest(session: WahaSession) -> dict[str, WahaSync | None]:
    """The latest reading of each kind, None where there was none; two queries."""
    rows = WahaSync.objects.filter(session=session).order_by("-pk")
    return {kind: rows.filter(kind=kind).first() for kind in SyncKind.values}


def _open(session: WahaSession, kind: SyncKind) -> "models.QuerySet[WahaSync]":
    return WahaSync.objects.filter(session=session, kind=kind, state=SyncState.DUE)


def _waiting(session: WahaSession, kind: SyncKind) -> WahaSync | None:
    """A reading that has not begun, so that it may be made longer instead of adding another."""
    return _open(session, kind).filter(is_listed=False, lease_until__isnull=True).first()
