"""Holding the audit log against its seals."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from audit import seals
from audit.models import AuditLog, AuditSeal

MOST = 50  # findings that are listed one by one


@dataclass(slots=True)
class Report:
    """What was looked at and what is wrong with it."""

    entries: int = 0
    seals: int = 0
    purged: int = 0
    findings: list[str] = field(default_factory=list)
    tail: int = 0
    tail_since: datetime | None = None
    head: AuditSeal | None = None

    @property
    def tail_age(self) -> timedelta:
        """How long the oldest entry without a seal has been waiting."""
        return timezone.now() - self.tail_since if self.tail_since else timedelta()


def verify(*, kept_head: str = "", tell: Callable[[str], object] = str) -> Report:
    """Compare every sealed entry with its seal, and every seal with the one before.

    `kept_head` is `<seal>:<hash>` as an earlier run said it: finds a chain whose end was cut.
    Reads the whole log by ranges; locks nothing.
    """
    report = Report()
    previous = ""
    gaps: list[list[int]] = []
    expected = 1
    for seal in _all():
        report.seals += 1
        _check_chain(seal, previous, report)
        if not seal.is_late and seal.first_id != expected:
            report.findings.append(
                f"Entries {expected} to {seal.first_id - 1} are under no seal: "
                f"a seal before {seal.pk} is missing."
            )
        expected = expected if seal.is_late else seal.last_id + 1
        previous = seal.hash
        report.head = seal
        if seal.purged_at is None:
            _check_rows(seal, report)
            gaps += [] if seal.is_late else seal.gaps
        else:
            report.purged += seal.entries
        if report.seals % 100 == 0:
            tell(f"{report.seals:,} seals, {report.entries:,} entries")
    _check_gaps(gaps, report)
    _check_head(kept_head, report)
    _measure_tail(expected, report)
    return report


def _all() -> Iterator[AuditSeal]:
    last = 0
    while found := list(AuditSeal.objects.filter(pk__gt=last).order_by("pk")[:100]):
        yield from found
        last = found[-1].pk


def _check_chain(seal: AuditSeal, previous: str, report: Report) -> None:
    if seal.previous_hash != previous:
        report.findings.append(
            f"Seal {seal.pk} does not follow the one before it: seals were taken out or replaced."
        )
    if not seals.has_key(seal.key_id):
        report.findings.append(
            f"Seal {seal.pk} cannot be checked: put the key {seal.key_id!r} back into "
            "ENCRYPTION_KEYS, at the end."
        )
    elif seals.hash_of(seal) != seal.hash:
        report.findings.append(f"Seal {seal.pk} itself was changed.")


def _check_rows(seal: AuditSeal, report: Report) -> None:
    if not seals.has_key(seal.key_id):
        return
    gaps = seal.gaps
    within = AuditLog.objects.filter(pk__range=(seal.first_id, seal.last_id))
    rows = [
        row
        for row in seals.rows_of(within)
        if not any(first <= row[seals.ID] <= last for first, last in gaps)
    ]
    report.entries += len(rows)
    leaves, digest = seals.digest_of(rows, seal.key_id)
    if digest == seal.digest and leaves == bytes(seal.leaves):
        return
    report.findings += _which(seal, rows, leaves)


def _which(seal: AuditSeal, rows: list[seals.Row], leaves: bytes) -> list[str]:
    """Name the rows that are other than they were sealed."""
    sealed_leaves = _by_leaf(bytes(seal.leaves))
    pks = _pks(seal)
    if len(pks) != len(sealed_leaves):
        return [f"Seal {seal.pk} (entries {seal.first_id} to {seal.last_id}) was changed."]
    sealed = dict(zip(pks, sealed_leaves, strict=True))
    now = dict(zip((row[seals.ID] for row in rows), _by_leaf(leaves), strict=True))
    found = [f"Entry {pk} was deleted." for pk in sealed if pk not in now]
    found += [f"Entry {pk} was changed." for pk in sealed if pk in now and now[pk] != sealed[pk]]
    # The short hashes agree and the whole ones do not: one was aimed at.
    return found or [f"Entries {seal.first_id} to {seal.last_id} are not those that were sealed."]


def _by_leaf(leaves: bytes) -> list[bytes]:
    return [leaves[at : at + seals.LEAF] for at in range(0, len(leaves), seals.LEAF)]


def _pks(seal: AuditSeal) -> list[int]:
    found: list[int] = []
    due = seal.first_id
    for first, last in [*seal.gaps, [seal.last_id + 1, seal.last_id]]:
        if first - due > seal.entries:
            return []  # more than the seal says it holds: it was changed
        found += range(due, first)
        due = last + 1
    return found


def _check_gaps(gaps: list[list[int]], report: Report) -> None:
    """Entries in gaps get a seal within a day; one without was put there from outside."""
    since = timezone.now() - seals.LATE
    late = list(seals.late_entries(gaps))
    old = AuditLog.objects.filter(pk__in=late, timestamp__lt=since).values_list("pk", flat=True)
    report.findings += [f"Entry {pk} was put in afterwards." for pk in old]


def _check_head(kept_head: str, report: Report) -> None:
    number, _, kept_hash = kept_head.partition(":")
    if not kept_head:
        return
    seal = AuditSeal.objects.filter(pk=int(number)).first() if number.isdigit() else None
    if seal is None or seal.hash != kept_hash:
        report.findings.append(
            f"Seal {number} is not the one that was kept: the end of the log was cut or rewritten."
        )


def _measure_tail(first: int, report: Report) -> None:
    rows = AuditLog.objects.filter(pk__gte=first)
    report.tail = rows.count()
    oldest = rows.order_by("pk").first()
    report.tail_since = oldest.timestamp if oldest else None
