"""Who may do what with a number: grants to users and to roles."""

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from accounts.backends import current_guard
from mercury.db.models import Timestamped

if TYPE_CHECKING:
    from accounts.models import User


class Level(models.IntegerChoices):
    """What a grant allows; each level holds the ones below it."""

    VIEW = 1, _("view")
    REPLY = 2, _("reply")
    MANAGE = 3, _("manage")


CODENAMES = {
    "view_wahasession": Level.VIEW,
    "reply_wahasession": Level.REPLY,
    "manage_wahasession": Level.MANAGE,
}


class UserWaha(UserObjectPermissionBase, Timestamped):
    """A number shared with a user (django-guardian's direct foreign key table)."""

    content_object = models.ForeignKey(
        "waha.WahaSession", models.CASCADE, db_column="session_id", related_name="user_grants"
    )

    class Meta(UserObjectPermissionBase.Meta):
        abstract = False
        db_table = "user_waha"
        verbose_name = _("number shared with a user")
        verbose_name_plural = _("numbers shared with users")


class RoleWaha(GroupObjectPermissionBase, Timestamped):
    """A number shared with everybody of a role."""

    content_object = models.ForeignKey(
        "waha.WahaSession", models.CASCADE, db_column="session_id", related_name="role_grants"
    )

    class Meta(GroupObjectPermissionBase.Meta):
        abstract = False
        db_table = "role_waha"
        verbose_name = _("number shared with a role")
        verbose_name_plural = _("numbers shared with roles")


def levels(user: "User") -> dict[int, Level]:
    """The numbers `user` may see and what they may do there: {session id: level}.

    One UNION query (guardian's `user OR group` shape is 10 to 100 times slower on MySQL), kept
    on the user object for the request. A superuser has no silent exception here: taking access
    is a grant.
    """
    if not user.is_active or not user.is_authenticated:
        return {}
    found: dict[int, Level] | None = getattr(user, "_waha_levels", None)
    if found is None:
        found = {}
        for session_id, codename in _grants(user):
            level = CODENAMES[codename]
            found[session_id] = max(level, found.get(session_id, Level.VIEW))
        user._waha_levels = found  # type: ignore[attr-defined]  # a cache of this request
    return found


def session_ids(user: "User", level: Level = Level.VIEW) -> list[int]:
    """Ids of the numbers where `user` holds at least `level`: a list, for `IN (...)`."""
    return sorted(pk for pk, held in levels(user).items() if held >= level)


def forget(user: "User") -> None:
    """Read the grants again next time, after they were changed in this very request."""
    if hasattr(user, "_waha_levels"):
        del user._waha_levels


def _grants(user: "User") -> "models.QuerySet[UserWaha, tuple[int, str]]":
    known = list(CODENAMES)
    own = UserWaha.objects.filter(user=user, permission__codename__in=known)
    by_role = RoleWaha.objects.filter(
        group__user=user,
        group__role__guard_name=current_guard(user),
        permission__codename__in=known,
    )
    columns = ("content_object_id", "permission__codename")
    return own.values_list(*columns).union(by_role.values_list(*columns))
