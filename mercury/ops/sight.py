"""Who may see how the installation runs."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser

from accounts import access_cache
from accounts.models import User
from accounts.permissions import Can


def may_look(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Whether `user` may open /ops/; asked by every page's frame, so cached by access_version."""
    if not isinstance(user, User) or not user.is_active:
        return False
    if user.is_superuser:
        return True
    return access_cache.kept(user, "ops", lambda: user.has_perm(Can.VIEW_OPS))
