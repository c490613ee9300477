"""Old entries go by whole sealed ranges; their seals stay, and with them the chain."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from audit import log
from audit.models import AuditLog, AuditSeal
from mercury.db.locks import named_lock


@dataclass(frozen=True, slots=True)
class Pruned:
    """What went, or would go."""

    seals: int
    entries: int
    until: datetime


def cutoff(months: int) -> datetime:
    """The start of the month `months` before this one."""
    now = timezone.now()
    total = now.year * 12 + now.month - 1 - months
    return now.replace(
        year=total // 12, month=total % 12 + 1, day=1, hour=0, minute=0, second=0, microsecond=0
    )


def look(months: int) -> Pruned:
    """What would go. Changes nothing."""
    until = cutoff(months)
    due = list(_due(until).values_list("entries", flat=True))
    return Pruned(len(due), sum(due), until)


def prune(months: int, *, tell: Callable[[str], object] = str) -> Pruned:
    """Delete sealed ranges whose youngest entry is older than so many whole months.

    A range a transaction, so it can be interrupted and run again. Raises Busy while sealing.
    Where the database user may only add to the log (docs/audit.md), run it as one who may more.
    """
    until = cutoff(months)
    seals = entries = 0
    with named_lock("audit-seals") as check:
        while seal := _due(until).order_by("pk").first():
            check()
            with transaction.atomic():
                rows = AuditLog.objects.filter(pk__range=(seal.first_id, seal.last_id))
                gone = rows.filter(timestamp__lt=until).remove_sealed()
                AuditSeal.objects.filter(pk=seal.pk).update(purged_at=timezone.now())
            seals, entries = seals + 1, entries + gone
            tell(f"Entries {seal.first_id} to {seal.last_id}: {gone:,} deleted.")
    if seals:
        log.record("audit.pruned", new={"entries": entries, "until": until.date().isoformat()})
    return Pruned(seals, entries, until)


def prune_due() -> Pruned | None:
    """What AUDIT_RETENTION_MONTHS asks for; nothing where it is 0."""
    months = settings.AUDIT_RETENTION_MONTHS
    return prune(months) if months > 0 else None


def _due(until: datetime) -> "QuerySet[AuditSeal]":
    return AuditSeal.objects.filter(purged_at__isnull=True, newest_at__lt=until)
