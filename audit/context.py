"""Who is at work, and from where: kept for the length of a request, task or command."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db.models.signals import pre_save

from audit.models import AuditLog


@dataclass(frozen=True, slots=True)
class Origin:
    """The actor and the place an action came from."""

    user_id: int | None = None
    url: str = ""
    ip_address: str | None = None
    user_agent: str = ""
    request_id: str = ""
    tags: str = ""


NOBODY = Origin()

_origin: ContextVar[Origin] = ContextVar("origin", default=NOBODY)


def current() -> Origin:
    """The origin of what runs now."""
    return _origin.get()


@contextmanager
def acting(origin: Origin) -> Iterator[None]:
    """Run the block as `origin`."""
    token = _origin.set(origin)
    try:
        yield
    finally:
        _origin.reset(token)


def connect() -> None:
    """Fill new entries from the origin, by one receiver for good.

    auditlog's own middleware connects a receiver per request and leaks nested ones
    (jazzband/django-auditlog #846), and it believes the first X-Forwarded-For.
    """
    pre_save.connect(_fill, sender=AuditLog, dispatch_uid="audit.context")


def _fill(instance: AuditLog, **kwargs: Any) -> None:
    origin = current()
    if instance.pk is not None:
        return
    if instance.actor_id is None:
        instance.actor_id = origin.user_id
    instance.url = instance.url or origin.url
    instance.remote_addr = instance.remote_addr or origin.ip_address
    instance.user_agent = instance.user_agent or origin.user_agent
    instance.cid = instance.cid or origin.request_id or None
    instance.tags = instance.tags or origin.tags
