"""Asking WAHA about the surroundings of chats: rows that `inbound.lookups` works off."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils import timezone

from mercury.celery import hint
from waha.models import LookupKind, WahaLookup, WahaSession

EVERY = timedelta(hours=6)
"""What a number knows at large, its labels and pairs of addresses, is read so often."""

KEPT = (LookupKind.LABELS, LookupKind.LIDS)


def want(session_id: int, kind: LookupKind, ref: int = 0) -> None:
    """Have something asked soon; belongs in the transaction of what made it worth asking."""
    _row, made = WahaLookup.objects.get_or_create(session_id=session_id, kind=kind, ref=ref)
    if not made:
        WahaLookup.objects.filter(session_id=session_id, kind=kind, ref=ref).update(
            due_at=timezone.now(), attempts=0
        )
    hint("look_up")


def want_each(session_id: int, kind: LookupKind, refs: Iterable[int]) -> None:
    """Have each of these asked that never was; what was asked keeps its own time."""
    wanted = set(refs)
    asked = WahaLookup.objects.filter(session_id=session_id, kind=kind, ref__in=wanted)
    for ref in sorted(wanted - set(asked.values_list("ref", flat=True))):
        WahaLookup.objects.get_or_create(session_id=session_id, kind=kind, ref=ref)


def refresh(session_id: int, kind: LookupKind, *, after: timedelta) -> None:
    """Have what a number knows at large read again soon, unless that was done a moment ago."""
    row = WahaLookup.objects.filter(session_id=session_id, kind=kind, ref=0).first()
    if row is None or (row.due_at is None and is_old(row, after)):
        want(session_id, kind)


def keep_up(session: WahaSession) -> None:
    """Have read now and then what a connected number knows: events of it may be missed."""
    rows = {
        row.kind: row for row in WahaLookup.objects.filter(session=session, kind__in=KEPT, ref=0)
    }
    for kind in KEPT:
        row = rows.get(kind)
        if row is None or (row.due_at is None and is_old(row, EVERY)):
            want(session.pk, kind)


def is_old(row: WahaLookup, age: timedelta, *, now: datetime | None = None) -> bool:
    """Whether the answer there is, if any, is older than that."""
    return row.answered_at is None or (now or timezone.now()) - row.answered_at > age
