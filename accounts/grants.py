"""What one person may hand to another: nobody gives what they do not hold themselves."""

from collections.abc import Iterable

from django.contrib.auth.models import Group
from django.contrib.auth.models import Permission as AuthPermission
from django.db.models import QuerySet

from accounts.models import User


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
    return not user.is_superuser and set(user.get_all_permissions()) <= held(giver)


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
    """Permissions of the catalogue that `giver` holds."""
    known = AuthPermission.objects.filter(catalogued__isnull=False).select_related(
        "content_type", "catalogued"
    )
    if giver.is_superuser:
        return known
    fits = [each.pk for each in known if name_of(each) in held(giver)]
    return known.filter(pk__in=fits)


def held(user: User) -> set[str]:
    """Everything `user` is allowed, by roles or directly."""
    return set(user.get_all_permissions())
