"""Which records write down each change of theirs by themselves, with old and new values.

Stands on django-auditlog's registry: one SELECT of the old row and one INSERT for a save that
changes something, one INSERT for a new or deleted row. `QuerySet.update` and `bulk_create` send
no signals: use `changes.update` and `log.record_many`.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from auditlog.registry import auditlog
from auditlog.signals import pre_log
from django.db.models import Model
from django.db.models.signals import pre_save

from audit import context, masking
from audit.models import AuditLog

NOT_TRACKED = ("id", "created_at", "updated_at")


def track(
    model: type[Model],
    *,
    fields: Iterable[str] = (),
    leave_out: Iterable[str] = (),
    hidden: Iterable[str] = (),
    relations: Iterable[str] = (),
) -> None:
    """Write down what becomes of these records: `fields`, or all but those left out.

    `hidden` are columns whose change is told and whose values are not: secrets, phones, names
    of customers, which an erasure could not take back. Secret-looking names are hidden unasked.
    """
    fields = list(fields)
    columns = [field.name for field in model._meta.concrete_fields]
    secret = [name for name in columns if masking.is_secret_name(name)]
    auditlog.register(
        model,
        # Named one by one: else auditlog tells of relations that lead here, too.
        include_fields=[
            name for name in fields or columns if name not in {*leave_out, *NOT_TRACKED}
        ],
        mask_fields=sorted({*hidden, *secret}),
        mask_callable="audit.masking.hide",
        m2m_fields=list(relations) or None,
    )
    pre_log.connect(_is_wanted, sender=model, dispatch_uid=("audit.tracking", model))


@contextmanager
def told_by(by: Model | None) -> Iterator[None]:
    """Have saves of tracked records in this block told as `by`'s, wherever they are made."""
    origin = context.current()
    user_id = by.pk if by is not None else origin.user_id
    tags = origin.tags if origin is not context.NOBODY else context.SCRIPT.tags
    with context.acting(replace(origin, user_id=user_id, tags=tags)):
        yield


@contextmanager
def untold() -> Iterator[None]:
    """Have saves in this block tell nothing: the service writes an event that says more."""
    with context.acting(context.NOBODY):
        yield


def connect() -> None:
    """Fill new entries from the origin, by one receiver for good.

    auditlog's own middleware connects a receiver per request and leaks nested ones
    (jazzband/django-auditlog #846), and it believes the first X-Forwarded-For.
    """
    pre_save.connect(_fill, sender=AuditLog, dispatch_uid="audit.context")


def fill(entry: AuditLog) -> AuditLog:
    """Give a new entry what it lacks of who, from where and in which request."""
    origin = context.current()
    if entry.actor_id is None:
        entry.actor_id = origin.user_id
    entry.url = entry.url or origin.url
    entry.remote_addr = entry.remote_addr or origin.ip_address
    entry.user_agent = entry.user_agent or origin.user_agent
    entry.cid = entry.cid or origin.request_id or None
    entry.tags = entry.tags or origin.tags
    entry.old_values = masking.scrub_values(entry.old_values)
    entry.new_values = masking.scrub_values(entry.new_values)
    return entry


def _fill(instance: AuditLog, **kwargs: Any) -> None:
    if instance.pk is None:
        fill(instance)


def _is_wanted(sender: type[Model], **kwargs: Any) -> bool:
    return context.current() is not context.NOBODY
