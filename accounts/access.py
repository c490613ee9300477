"""Giving and taking roles, and telling everybody concerned that what they may see has changed."""

import threading
from collections.abc import Callable, Iterable

from django.contrib.auth.models import Permission as AuthPermission
from django.db import transaction
from django.db.models import F

from accounts import access_cache, grants
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
    """Let `user` have exactly these roles, and write down who decided so.

    `by` is None for seeds and commands. Raises GrantRefused for roles that hold what `by` does
    not, and for their own.
    """
    had = {group.role for group in user.groups.select_related("role")}
    wanted = set(roles)
    if had == wanted:
        return
    if by is not None:
        grants.check_person(by, user)
        grants.check_permissions(by, _permissions_of(had ^ wanted))
    user.groups.set([role.group for role in wanted])
    raise_version([user.pk])
    _record("user.roles", user, by, "roles", _names(had), _names(wanted))


@transaction.atomic
def set_permissions(*, role: Role, permissions: Iterable[AuthPermission], by: User | None) -> None:
    """Let `role` hold exactly these permissions of the catalogue; others it has stay.

    Raises GrantRefused for permissions that `by` does not hold, and for a role of their own.
    """
    catalogued = role.group.permissions.filter(catalogued__isnull=False)
    had = set(catalogued.select_related("content_type"))
    wanted = set(permissions)
    if had == wanted:
        return
    if by is not None:
        grants.check_role(by, role)
        grants.check_permissions(by, had ^ wanted)
    role.group.permissions.remove(*(had - wanted))
    role.group.permissions.add(*(wanted - had))
    raise_version_of_role(role)
    before, after = (sorted(map(grants.name_of, each)) for each in (had, wanted))
    _record("role.permissions", role, by, "permissions", before, after)


def _record(
    event: str, target: User | Role, by: User | None, what: str, old: list[str], new: list[str]
) -> None:
    log.record(event, target=target, by=by, old={what: old}, new={what: new})


def _names(roles: Iterable[Role]) -> list[str]:
    return sorted(role.name for role in roles)


def _permissions_of(roles: Iterable[Role]) -> list[AuthPermission]:
    groups = [role.pk for role in roles]
    found = AuthPermission.objects.filter(group__pk__in=groups).select_related("content_type")
    return list(found)
