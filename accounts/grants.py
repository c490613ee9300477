"""What one person may hand to another.

Nobody gives or takes what they do not hold, nor changes their own rights: superusers neither.
"""

from collections.abc import Iterable

from django.contrib.auth.models import Group
from django.contrib.auth.models import Permission as AuthPermission
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import Role, User
from accounts.permissions import ONE_NUMBER


class GrantRefused(Exception):
    """Rights that `by` may not give, take or change; the message is fit to show."""


def check_person(by: User, user: User) -> None:
    """Raise GrantRefused where `by` may not change what `user` is allowed."""
    if by.pk == user.pk:
        raise GrantRefused(_("Nobody changes their own rights. Ask another administrator."))
    if not may_change(by, user):
        raise GrantRefused(
            _("%(name)s may do more than you. Ask somebody who may do at least as much.")
            % {"name": user}
        )


def check_permissions(by: User, permissions: Iterable[AuthPermission]) -> None:
    """Raise GrantRefused unless `by` holds every one of them."""
    if not may_give(by, permissions):
        raise GrantRefused(_("You can only give or take permissions that you have yourself."))


def check_role(by: User, role: Role) -> None:
    """Raise GrantRefused where `by` has that role: changing it would change their own rights."""
    if not may_change_role(by, role):
        raise GrantRefused(
            _("You have the role %(role)s yourself. Ask another administrator to change it.")
            % {"role": role}
        )


def name_of(permission: AuthPermission) -> str:
    """`app.codename`, as has_perm takes it; `content_type` should be loaded."""
    return f"{permission.content_type.app_label}.{permission.codename}"


def may_give(giver: User, permissions: Iterable[AuthPermission]) -> bool:
    """Whether `giver` holds every one of these permissions."""
    return giver.is_superuser or {name_of(each) for each in permissions} <= held(giver)


def may_change(giver: User, user: User) -> bool:
    """Whether `giver` may change `user`: never somebody who may do more than themselves.

    Who could would set the other's password and sign in as them.
    """
    if giver.is_superuser:
        return True
    return not user.is_superuser and held_anywhere(user) <= held(giver)


def may_change_role(giver: User, role: Role) -> bool:
    """Whether changing `role` leaves the rights of `giver` as they are."""
    return giver.is_superuser or not giver.groups.filter(pk=role.pk).exists()


def roles_to_give(giver: User) -> QuerySet[Group]:
    """Groups of the roles whose every permission `giver` holds."""
    groups = Group.objects.filter(role__isnull=False).select_related("role").order_by("role__name")
    if giver.is_superuser:
        return groups
    fits = [
        group.pk
        for group in groups.prefetch_related("permissions__content_type")
        if may_give(giver, group.permissions.all())
    ]
    return groups.filter(pk__in=fits)


def permissions_to_give(giver: User) -> QuerySet[AuthPermission]:
    """Permissions of the catalogue that `giver` holds; those of one number go with its shares."""
    known = (
        AuthPermission.objects.filter(catalogued__isnull=False)
        .exclude(catalogued__topic=ONE_NUMBER)
        .select_related("content_type", "catalogued")
    )
    if giver.is_superuser:
        return known
    fits = [each.pk for each in known if name_of(each) in held(giver)]
    return known.filter(pk__in=fits)


def held(user: User) -> set[str]:
    """Everything `user` is allowed, by roles or directly."""
    return set(user.get_all_permissions())


def held_anywhere(user: User) -> set[str]:
    """The same by whatever kind of sign-in: a password set in a browser opens the others too."""
    by_role = AuthPermission.objects.filter(group__user=user)
    found = by_role.values_list("content_type__app_label", "codename")
    return held(user) | {f"{app_label}.{codename}" for app_label, codename in found}
