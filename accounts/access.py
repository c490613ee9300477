"""Giving and taking roles, and telling everybody concerned that what they may see has changed."""

import threading
from collections.abc import Callable, Iterable

from django.db import transaction
from django.db.models import F

from accounts import access_cache
from accounts.models import Role, User
from audit import log

Listener = Callable[[list[int]], None]

# Open pages lie to the right of this app, which therefore registers here what ends them.
_listeners: list[Listener] = []
_here = threading.local()


def on_change(listener: Listener) -> None:
    """Call `listener(user ids)` in the transaction of each change of what these users may see."""
    _listeners.append(listener)


def raise_version(user_ids: Iterable[int]) -> int:
    """Raise `access_version` of these users: caches and open streams of theirs end by it.

    Belongs in the transaction of the change; returns how many users it touched.
    """
    concerned = list(user_ids)
    users = User.objects.get_queryset().filter(pk__in=concerned)
    touched = users.update(access_version=F("access_version") + 1)
    _here.changes = changes_here() + 1
    versions = dict(users.values_list("pk", "access_version"))
    transaction.on_commit(lambda: access_cache.note_versions(versions))
    for listener in _listeners:
        listener(concerned)
    return touched


def changes_here() -> int:
    """How often this thread has changed anybody's access: what was remembered before is void."""
    return getattr(_here, "changes", 0)


def raise_version_of_role(role: Role) -> int:
    """Raise `access_version` of everybody who has `role`."""
    users = User.objects.get_queryset().filter(groups=role.group)
    return raise_version(users.values_list("pk", flat=True))


@transaction.atomic
def set_roles(*, user: User, roles: Iterable[Role], by: User | None) -> None:
    """Let `user` have exactly these roles, and write down who decided so."""
    wanted = list(roles)
    before = sorted(user.groups.values_list("role__name", flat=True))
    after = sorted(role.name for role in wanted)
    if before == after:
        return
    user.groups.set([role.group for role in wanted])
    raise_version([user.pk])
    log.record("user.roles", target=user, by=by, old={"roles": before}, new={"roles": after})
