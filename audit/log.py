"""Writing audit entries for what is not a plain save."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model

from audit import tracking
from audit.models import AuditLog, describe


def record(
    event: str,
    *,
    target: Model | None = None,
    by: Model | None = None,
    old: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
    tags: str = "",
) -> AuditLog:
    """Add an entry such as `session.shared` in the caller's transaction.

    Values are ids, names and flags: never message bodies, phones or secrets. `by` defaults to
    the user of the current request, task or command. A record is called by its `audit_label`
    where it has one: who reads the log need not be allowed to see the record itself.
    """
    entry = _entry(event, target, by, old, new, tags)
    entry.save(force_insert=True)
    return entry


def record_many(
    event: str,
    targets: Iterable[Model],
    *,
    by: Model | None = None,
    old: dict[int, dict[str, Any]] | None = None,
    new: dict[str, Any] | None = None,
) -> int:
    """Add an entry for each record of a bulk operation, 500 to an INSERT; returns how many.

    `old` has the values that each record's key had before.
    """
    before = old or {}
    entries = [
        tracking.fill(_entry(event, each, by, before.get(each.pk), new, "")) for each in targets
    ]
    AuditLog.objects.bulk_create(entries, batch_size=500)
    return len(entries)


def _entry(
    event: str,
    target: Model | None,
    by: Model | None,
    old: dict[str, Any] | None,
    new: dict[str, Any] | None,
    tags: str,
) -> AuditLog:
    return AuditLog(
        event=event,
        action=AuditLog.Action.UPDATE,
        actor_id=by.pk if by is not None else None,
        old_values=old,
        new_values=new,
        tags=tags,
        **(describe(target) if target is not None else {}),
    )
