"""Rows of the error log: one for each kind of error, counted up while it goes on."""

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, connections, transaction
from django.db.models import F
from django.utils import timezone

from audit import log
from audit.error_reports import Report
from audit.models import ErrorLog
from mercury.db.consistency import PRIMARY

if TYPE_CHECKING:
    from django.db.models import Model

KEPT_REQUESTS = 20


def write(report: Report) -> None:
    """Count the error up, or begin its row. One that was resolved and is back is open again."""
    if not _count_up(report):
        try:
            with transaction.atomic(using=PRIMARY):
                _begin(report)
        except IntegrityError:  # another process began it this very moment
            _count_up(report)


def _count_up(report: Report) -> bool:
    rows = ErrorLog.objects.using(PRIMARY).filter(fingerprint=report.fingerprint)
    known = rows.values("extra", "resolved_at", "alert_due_at").first()
    if known is None:
        return False
    values: dict[str, Any] = {
        "count": F("count") + report.count,
        "last_seen_at": report.last_at,
        "level": report.level,
        "message": report.message,
        "context": report.context,
        "extra": _extra(report, known["extra"].get("requests", [])),
    }
    if known["resolved_at"] is not None:
        values |= {"resolved_at": None, "resolved_by": None, "alert_due_at": timezone.now()}
    return rows.update(**values) > 0


def _begin(report: Report) -> None:
    row = ErrorLog(
        fingerprint=report.fingerprint,
        level=report.level,
        kind=report.kind,
        message=report.message,
        context=report.context,
        extra=_extra(report, []),
        count=report.count,
        alert_due_at=timezone.now(),
    )
    row.save(force_insert=True, using=PRIMARY)
    # Both are set to the time of the row by themselves; it happened a moment before.
    ErrorLog.objects.using(PRIMARY).filter(pk=row.pk).update(
        first_seen_at=report.first_at, last_seen_at=report.last_at
    )


def _extra(report: Report, before: list[str]) -> dict[str, Any]:
    requests = list(dict.fromkeys([*before, *report.requests]))[-KEPT_REQUESTS:]
    return {"trace": report.trace, "requests": requests}


@transaction.atomic
def resolve(error: ErrorLog, *, by: "Model") -> None:
    """Take an error off the open ones until it happens again. A second time changes nothing."""
    open_row = ErrorLog.objects.filter(pk=error.pk, resolved_at__isnull=True)
    if open_row.update(resolved_at=timezone.now(), resolved_by=by, alert_due_at=None):
        log.record("error.resolved", target=error, by=by)


@transaction.atomic
def reopen(error: ErrorLog, *, by: "Model") -> None:
    """Put a resolved error back among the open ones."""
    resolved = ErrorLog.objects.filter(pk=error.pk, resolved_at__isnull=False)
    if resolved.update(resolved_at=None, resolved_by=None):
        log.record("error.reopened", target=error, by=by)


def let_go() -> None:
    """Close this thread's connection: errors are rare, connections are few."""
    connections[PRIMARY].close()
