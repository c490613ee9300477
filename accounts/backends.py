"""Permissions by role, counting only the roles of the current kind of sign-in."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission as AuthPermission
from django.db.models import QuerySet

from accounts.models import Guard, User


class RoleBackend(ModelBackend):
    """Django's backend, narrowed to roles whose guard is `user.current_guard` (web unless set)."""

    def _get_group_permissions(self, user_obj: Any) -> QuerySet[AuthPermission]:
        return AuthPermission.objects.filter(
            group__role__guard_name=current_guard(user_obj), group__user=user_obj
        )


def current_guard(user: User) -> str:
    """The kind of sign-in `user` came by: the browser unless an API sign-in said otherwise."""
    return str(getattr(user, "current_guard", Guard.WEB))
