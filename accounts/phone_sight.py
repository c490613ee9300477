"""Who may read phone numbers in full."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser

from accounts import access_cache
from accounts.models import User
from accounts.permissions import Can


def may_see(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Whether `user` may read phones in full; asked on every page, so cached by access_version."""
    if not isinstance(user, User) or not user.is_active:
        return False
    if user.is_superuser:
        return True
    return access_cache.kept(user, "phones", lambda: user.has_perm(Can.SEE_PHONES))
