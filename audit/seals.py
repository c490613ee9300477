"""Seals over the audit log: each vouches for a range of entries and for the seal before it.

A seal is made from a key that the database does not hold, so whoever changes a row and its seal
there is found out all the same. Ids whose transaction was still open (or rolled back) when a
range was sealed are noted as its gaps; an entry that turns up in one later gets a seal of its own.
"""

import hashlib
import hmac
import json
import logging
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from audit.models import AuditLog, AuditSeal
from mercury.db.locks import Busy, named_lock

logger = logging.getLogger(__name__)

RANGE = 1_000
# Younger entries wait: most transactions that hold a lower id have ended by then.
SETTLE = timedelta(seconds=5)
# Entries turn up in gaps so long after; later nothing is running that could still commit.
LATE = timedelta(hours=24)
LEAF = 8  # bytes kept of each row's hash, to say which row was changed

COLUMNS = [field.attname for field in AuditLog._meta.concrete_fields]
ID, AT = COLUMNS.index("id"), COLUMNS.index("timestamp")

Row = tuple[Any, ...]
Gaps = list[list[int]]


def seal_new(*, settle: timedelta = SETTLE) -> int:
    """Seal what has settled and is not sealed yet; returns how many entries. One run at a time."""
    try:
        with named_lock("audit-seals") as check:
            done = _seal_late()
            while (count := _seal_next(settle)) is not None:
                done += count
                check()
    except Busy:
        return 0
    return done


def head() -> AuditSeal | None:
    """The newest seal."""
    return AuditSeal.objects.order_by("-pk").first()


def end_of_ranges() -> int:
    """The last id that seals of whole ranges reach; late entries lie before it."""
    last = AuditSeal.objects.filter(is_late=False).order_by("-pk").first()
    return last.last_id if last else 0


def _seal_next(settle: timedelta) -> int | None:
    first = end_of_ranges() + 1
    newest = timezone.now() - settle
    rows = list(rows_of(AuditLog.objects.filter(pk__gte=first))[:RANGE])
    young = next((n for n, row in enumerate(rows) if row[AT] > newest), len(rows))
    rows = rows[:young]
    if not rows:
        return None
    _write(rows, first, rows[-1][ID], is_late=False)
    return len(rows)


def _seal_late() -> int:
    """Seal entries that turned up in gaps, each by itself."""
    since = timezone.now() - LATE
    recent = AuditSeal.objects.filter(created_at__gte=since).exclude(gaps=[])
    gaps = [gap for seal in recent.only("gaps") for gap in seal.gaps]
    done = 0
    for pk in late_entries(gaps):
        _write(list(rows_of(AuditLog.objects.filter(pk=pk))), pk, pk, is_late=True)
        done += 1
    return done


def late_entries(gaps: Gaps) -> Iterator[int]:
    """Entries within these gaps that no seal holds."""
    for start in range(0, len(gaps), 200):
        within = Q(pk__in=[])
        for first, last in gaps[start : start + 200]:
            within |= Q(pk__range=(first, last))
        found = list(AuditLog.objects.filter(within).order_by("pk").values_list("pk", flat=True))
        held = set(
            AuditSeal.objects.filter(is_late=True, first_id__in=found).values_list(
                "first_id", flat=True
            )
        )
        yield from (pk for pk in found if pk not in held)


def _write(rows: list[Row], first: int, last: int, *, is_late: bool) -> AuditSeal:
    before = head()
    key_id, _key = settings.ENCRYPTION_KEYS[0]
    leaves, digest = digest_of(rows, key_id)
    seal = AuditSeal(
        first_id=first,
        last_id=last,
        entries=len(rows),
        gaps=gaps_of([row[ID] for row in rows], first, last),
        is_late=is_late,
        oldest_at=min(row[AT] for row in rows),
        newest_at=max(row[AT] for row in rows),
        key_id=key_id,
        leaves=leaves,
        digest=digest,
        previous_hash=before.hash if before else "",
    )
    seal.hash = hash_of(seal)
    seal.save(force_insert=True)
    # Also in the log, which goes elsewhere: the end of a chain cannot vouch for itself.
    logger.info("audit sealed to %s: seal %s %s", last, seal.pk, seal.hash)
    return seal


def gaps_of(pks: list[int], first: int, last: int) -> Gaps:
    """Ids from `first` to `last` without a row, as ranges."""
    gaps, due = [], first
    for pk in pks:
        if pk > due:
            gaps.append([due, pk - 1])
        due = pk + 1
    if due <= last:
        gaps.append([due, last])
    return gaps


def digest_of(rows: Iterable[Row], key_id: str) -> tuple[bytes, str]:
    """The rows' short hashes, and one digest over their whole ones."""
    key = _key(key_id)
    whole = hmac.new(key, digestmod=hashlib.sha256)
    leaves = bytearray()
    for row in rows:
        each = hmac.new(key, written(row), hashlib.sha256).digest()
        whole.update(each)
        leaves += each[:LEAF]
    return bytes(leaves), whole.hexdigest()


def hash_of(seal: AuditSeal) -> str:
    """The seal's own hash, over all that it says and the seal before it."""
    facts = [
        seal.first_id, seal.last_id, seal.entries, seal.gaps, seal.is_late, seal.key_id,
        seal.oldest_at.astimezone(UTC).isoformat(), seal.newest_at.astimezone(UTC).isoformat(),
        seal.digest, bytes(seal.leaves).hex(), seal.previous_hash,
    ]  # fmt: skip
    return hmac.new(_key(seal.key_id), json.dumps(facts).encode(), hashlib.sha256).hexdigest()


def written(row: Row) -> bytes:
    """One row as bytes: the same from every database, other for every other row."""
    return json.dumps(row, sort_keys=True, default=_time).encode()


def rows_of(entries: "QuerySet[AuditLog]") -> "QuerySet[AuditLog, Row]":
    """Entries by rising id, as tuples of COLUMNS."""
    return entries.order_by("pk").values_list(*COLUMNS)


def has_key(key_id: str) -> bool:
    """Whether the key a seal was made with is still in ENCRYPTION_KEYS."""
    return key_id in dict(settings.ENCRYPTION_KEYS)


def _time(value: datetime) -> str:
    return value.astimezone(UTC).isoformat()


_keys: dict[bytes, bytes] = {}


def _key(key_id: str) -> bytes:
    raw = dict(settings.ENCRYPTION_KEYS)[key_id]
    if raw not in _keys:
        _keys[raw] = HKDF(SHA256(), 32, None, b"audit seals").derive(raw)
    return _keys[raw]
