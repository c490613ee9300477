"""Writing audit entries for what is not a plain save."""

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from audit.models import AuditLog


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
    entry = AuditLog(
        event=event,
        action=AuditLog.Action.UPDATE,
        actor_id=by.pk if by is not None else None,
        old_values=old,
        new_values=new,
        tags=tags,
    )
    if target is not None:
        entry.content_type = ContentType.objects.get_for_model(target)
        entry.object_pk = str(target.pk)
        entry.object_id = target.pk if isinstance(target.pk, int) else None
        entry.object_repr = str(getattr(target, "audit_label", target))[:255]
    entry.save(force_insert=True)
    return entry
