"""Signing in by e-mail, and permissions by role for the current kind of sign-in."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import Permission as AuthPermission
from django.db.models import QuerySet

from accounts.models import Guard, User


class RoleBackend(AuthenticationBackend):  # type: ignore[misc]  # allauth ships no types
    """allauth's backend, narrowed to roles whose guard is `user.current_guard` (web unless set).

    The only one that knows passwords and roles: a second would hash every password twice and
    count the roles of every guard.
    """

    def _get_group_permissions(self, user_obj: Any) -> QuerySet[AuthPermission]:
        return AuthPermission.objects.filter(
            group__role__guard_name=current_guard(user_obj), group__user=user_obj
        )


def current_guard(user: User) -> str:
    """The kind of sign-in `user` came by: the browser unless an API sign-in said otherwise."""
    return str(getattr(user, "current_guard", Guard.WEB))
