"""Sharing a number: who may view it, reply on it, manage it; each change is on record.

A grant is one django-guardian row with the highest level given; `models.sharing.levels` knows
that manage holds reply and reply holds view. Everybody concerned gets a new access_version in
the same transaction, which ends their caches and open streams.
"""

from typing import Any

from django.contrib.auth.models import Permission as AuthPermission
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import access
from accounts.models import Role, User
from accounts.permissions import Can
from audit import log
from waha.models import Level, RoleWaha, UserWaha, WahaSession
from waha.models.sharing import CODENAMES, forget

CODENAME_OF = {level: codename for codename, level in CODENAMES.items()}


class SharingRefused(Exception):
    """A change of sharing that is not allowed; the message is fit to show."""


@transaction.atomic
def share(
    *,
    session: WahaSession,
    level: Level,
    by: User | None,
    user: User | None = None,
    role: Role | None = None,
) -> None:
    """Let a user, or everybody of a role, have exactly `level` on a number.

    `by` is None for seeds and commands. Raises SharingRefused when `by` does not manage the
    number, or when it would take the owner's level away.
    """
    _check(session, by)
    if user is not None and user.pk == session.user_id and level < Level.MANAGE:
        raise SharingRefused(
            _("%(name)s owns this number. Hand it over to somebody else first.")
            % {"name": user.name}
        )
    target = _target(user, role)
    before = _set_level(session, level, target)
    if before != level:
        _record("session.shared", session, by, target, before, level)


@transaction.atomic
def unshare(
    *,
    session: WahaSession,
    by: User | None,
    user: User | None = None,
    role: Role | None = None,
) -> None:
    """Take a number away from a user or a role; nothing happens when they had none.

    Raises SharingRefused when `by` does not manage the number, and for its owner.
    """
    _check(session, by)
    if user is not None and user.pk == session.user_id:
        raise SharingRefused(
            _("%(name)s owns this number. Hand it over to somebody else first.")
            % {"name": user.name}
        )
    target = _target(user, role)
    before = _set_level(session, None, target)
    if before is not None:
        _record("session.unshared", session, by, target, before, None)


@transaction.atomic
def hand_over(*, session: WahaSession, to: User, by: User | None) -> None:
    """Make `to` the owner: the manage grant moves with it, the former owner's ends.

    Raises SharingRefused when `by` does not manage the number or `to` cannot sign in.
    """
    _check(session, by)
    _hand_over(session, to, by)


def _hand_over(session: WahaSession, to: User, by: User | None) -> None:
    if not to.is_active:
        raise SharingRefused(
            _("%(name)s is deactivated and cannot own a number.") % {"name": to.name}
        )
    former = session.user
    if former.pk == to.pk:
        return
    session.user = to
    session.save(update_fields=["user", "updated_at"])
    _set_level(session, None, former)
    _set_level(session, Level.MANAGE, to)
    log.record(
        "session.handed_over",
        target=session,
        by=by,
        old={"owner": former.pk},
        new={"owner": to.pk},
    )


def titles_owned_by(user: User) -> list[str]:
    """The numbers `user` owns, by the names people know them by."""
    return [str(session) for session in WahaSession.objects.filter(user=user)]


@transaction.atomic
def hand_over_all(former: User, to: User, by: User | None) -> None:
    """Hand every number of somebody who leaves to `to`, whoever manages it.

    `by` may change users, which is the right that counts here. Raises SharingRefused when `to`
    cannot sign in.
    """
    for session in WahaSession.objects.filter(user=former).select_related("user"):
        _hand_over(session, to, by)


def _check(session: WahaSession, by: User | None) -> None:
    if by is None or by.has_perm(Can.CHANGE_NUMBERS):
        return
    if session.level_of(by) != Level.MANAGE:
        raise SharingRefused(
            _("Only somebody who manages %(number)s may share it.") % {"number": session}
        )


def _target(user: User | None, role: Role | None) -> User | Role:
    if user is not None and role is None:
        return user
    if role is not None and user is None:
        return role
    raise TypeError("Share with a user or with a role, one of the two.")


def _set_level(session: WahaSession, level: Level | None, target: User | Role) -> Level | None:
    """Replace the target's grant by one of `level`, or by none; returns the level there was."""
    manager: Any
    holder: Any
    if isinstance(target, User):
        manager, holder = UserWaha.objects, target
        grants = manager.filter(user=target, content_object=session)
    else:
        manager, holder = RoleWaha.objects, target.group
        grants = manager.filter(group=target.group, content_object=session)
    codenames = grants.values_list("permission__codename", flat=True)
    held = [CODENAMES[codename] for codename in codenames if codename in CODENAMES]
    before = max(held, default=None)
    if before == level and len(held) <= 1:
        return before
    grants.delete()
    if level is not None:
        manager.assign_perm(permission(level), holder, session)
    _tell(target)
    return before


def _tell(target: User | Role) -> None:
    """End caches and open streams of everybody concerned."""
    if isinstance(target, User):
        people = [target.pk]
        forget(target)
    else:
        people = list(target.group.user_set.values_list("pk", flat=True))
    access.raise_version(people)


def permission(level: Level) -> AuthPermission:
    """Django's permission row that stands for a level."""
    return AuthPermission.objects.get(
        content_type__app_label="waha",
        content_type__model="wahasession",
        codename=CODENAME_OF[level],
    )


def _record(
    event: str,
    session: WahaSession,
    by: User | None,
    target: User | Role,
    before: Level | None,
    after: Level | None,
) -> None:
    whom = {"user" if isinstance(target, User) else "role": target.pk}
    log.record(
        event,
        target=session,
        by=by,
        old={**whom, "level": before.name.lower() if before else None},
        new={**whom, "level": after.name.lower() if after else None},
    )
