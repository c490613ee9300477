"""Who may read phone numbers in full."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache

from accounts.backends import current_guard
from accounts.models import User
from accounts.permissions import Can

SECONDS = 3600


def may_see(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Whether `user` may read phones in full; asked on every page, so cached by access_version.

    Every change of roles or permissions raises that version, so an old answer is never found.
    """
    if not isinstance(user, User) or not user.is_active:
        return False
    if user.is_superuser:
        return True
    key = f"phones:{user.pk}:{user.access_version}:{current_guard(user)}"
    known = cache.get(key)
    if known is None:
        known = user.has_perm(Can.SEE_PHONES)
        cache.set(key, known, SECONDS)
    return bool(known)
