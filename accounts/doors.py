"""Which parts of the product somebody may open: the rail shows these and no other."""

from functools import partial

from django.contrib.admin import site
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser

from accounts import access_cache
from accounts.models import User
from accounts.permissions import Can
from mercury.ui import navigation

ADMINISTRATION = "admin:index"
# What each page asks of its reader, by the name of its address.
DOORS = {
    "audit:list": Can.VIEW_AUDIT,
    "errors:list": Can.VIEW_ERRORS,
    "ops:index": Can.VIEW_OPS,
}


def register() -> None:
    """Tell the rail."""
    for door in (*DOORS, ADMINISTRATION):
        navigation.let_in(door, partial(is_open, door))


def is_open(door: str, user: AbstractBaseUser | AnonymousUser) -> bool:
    """Whether `user` may go there; asked by every page, so cached by access_version."""
    if not isinstance(user, User) or not user.is_active:
        return False
    if door == ADMINISTRATION and not user.is_staff:
        return False
    return user.is_superuser or door in access_cache.kept(user, "doors", partial(_open_to, user))


def _open_to(user: User) -> list[str]:
    doors = [door for door, needed in DOORS.items() if user.has_perm(needed)]
    if any(_keeps(user, model._meta.app_label, model._meta.model_name) for model in site._registry):
        doors.append(ADMINISTRATION)
    return doors


def _keeps(user: User, app: str, model: str | None) -> bool:
    return any(user.has_perm(f"{app}.{verb}_{model}") for verb in ("view", "change"))
