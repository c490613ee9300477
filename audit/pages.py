"""A page of the audit log, and the whole of what was filtered as CSV."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from audit import log, reading
from audit.models import AuditLog
from audit.reading import Line
from mercury.db.safe_csv import safe_row

SIZE = 50
EXPORT_MOST = 50_000
EXPORTS_PER_HOUR = 10
COLUMNS = [
    "id", "when (UTC)", "who", "user id", "event", "what", "kind", "record", "changes",
    "from address", "browser", "by way of", "url", "request",
]  # fmt: skip


class ExportRefused(Exception):
    """An export that is too large, or one too many; the message is fit to show."""


@dataclass(frozen=True, slots=True)
class Page:
    """Lines in list order, and the id that the next page lies before."""

    lines: list[Line]
    next: int | None


def page(entries: QuerySet[AuditLog], user: Any, *, before: str) -> Page:
    """One page, newest first; nothing is counted."""
    if before.isdecimal() and len(before) < 19:
        entries = entries.filter(pk__lt=int(before))
    found = list(entries.prefetch_related("actor").order_by("-pk")[: SIZE + 1])
    more = found[SIZE - 1].pk if len(found) > SIZE else None
    return Page(reading.lines(found[:SIZE], user), more)


def export(entries: QuerySet[AuditLog], user: Any, filters: dict[str, str]) -> Iterator[str]:
    """The lines of a CSV file, as they are read; it is written down before the first one.

    Raises ExportRefused.
    """
    hour = timezone.now() - timedelta(hours=1)
    lately = AuditLog.objects.filter(
        user_type="accounts.user", actor_id=user.pk, event="audit.exported", timestamp__gte=hour
    )
    if lately.count() >= EXPORTS_PER_HOUR:
        raise ExportRefused(
            _("You have exported %(most)s times within the hour. Try again later.")
            % {"most": EXPORTS_PER_HOUR}
        )
    last = entries.order_by("-pk").values_list("pk", flat=True).first() or 0
    entries = entries.filter(pk__lte=last)
    count = entries.order_by()[: EXPORT_MOST + 1].count()
    if count > EXPORT_MOST:
        raise ExportRefused(
            _("That is more than %(most)s entries. Choose fewer days or somebody.")
            % {"most": f"{EXPORT_MOST:,}"}
        )
    log.record("audit.exported", by=user, new={"entries": count, "filters": filters})
    return _csv(entries, user)


def _csv(entries: QuerySet[AuditLog], user: Any) -> Iterator[str]:
    yield _written(COLUMNS)
    before = None
    while True:
        rows = entries if before is None else entries.filter(pk__lt=before)
        found = list(rows.prefetch_related("actor").order_by("-pk")[:500])
        if not found:
            return
        events = {each.pk: each.event for each in found}
        for line in reading.lines(found, user):
            yield _written(_cells(line, events[line.pk]))
        before = found[-1].pk


def _cells(line: Line, event: str) -> list[str]:
    changes = "; ".join(f"{each.name}: {each.old} → {each.new}" for each in line.changes)
    return [
        str(line.pk), f"{line.at:%Y-%m-%d %H:%M:%S}", line.who, str(line.who_id or ""), event,
        line.text, line.kind, line.record_key.rpartition("-")[2], changes, line.address,
        line.browser, line.road_words, line.url, line.request_id,
    ]  # fmt: skip


def _written(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(safe_row(cells))
    return out.getvalue()
