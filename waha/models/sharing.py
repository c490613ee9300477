"""Who may do what with a number: grants to users and to roles."""

from typing import TYPE_CHECKING

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from accounts import access, access_cache
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


GRANTS = """
    SELECT user_waha.session_id, auth_permission.codename FROM user_waha
    JOIN auth_permission ON auth_permission.id = user_waha.permission_id
    WHERE user_waha.user_id = %s
    UNION
    SELECT role_waha.session_id, auth_permission.codename FROM role_waha
    JOIN auth_permission ON auth_permission.id = role_waha.permission_id
    JOIN model_has_roles ON model_has_roles.role_id = role_waha.group_id
    JOIN roles ON roles.id = role_waha.group_id
    WHERE model_has_roles.model_id = %s AND roles.guard_name = %s
"""


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

    Kept on the user object for the request, and between requests under their access_version; no
    query while nothing changes. A superuser has no silent exception here: taking access is a
    grant.
    """
    if not user.is_active or not user.is_authenticated:
        return {}
    remembered = getattr(user, "_waha_levels", None)
    if remembered is None or remembered[0] != access.changes_here():
        pairs = access_cache.kept(user, "numbers", lambda: _read(user))
        found = {session_id: Level(level) for session_id, level in pairs}
        remembered = (access.changes_here(), found)
        user._waha_levels = remembered  # type: ignore[attr-defined]  # a cache of this request
    known: dict[int, Level] = remembered[1]
    return known


def session_ids(user: "User", level: Level = Level.VIEW) -> list[int]:
    """Ids of the numbers where `user` holds at least `level`: a list, for `IN (...)`."""
    return sorted(pk for pk, held in levels(user).items() if held >= level)


def forget(user: "User") -> None:
    """Read the grants again next time, after they were changed in this very request."""
    if hasattr(user, "_waha_levels"):
        del user._waha_levels


def _read(user: "User") -> list[tuple[int, int]]:
    """Session ids with the highest level held there, from the database."""
    found: dict[int, int] = {}
    for session_id, codename in grants(user):
        found[session_id] = max(CODENAMES[codename].value, found.get(session_id, 0))
    return sorted(found.items())


def grants(user: "User") -> list[tuple[int, str]]:
    """(session id, codename) of each grant, direct or by a role of this kind of sign-in.

    One UNION query (guardian's `user OR group` shape is 10 to 100 times slower on MySQL), as text:
    the ORM took three times as long to write it as MySQL to answer it.
    """
    # The primary: an old answer here would be kept under a new version.
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(GRANTS, [user.pk, user.pk, current_guard(user)])
        return [(session_id, name) for session_id, name in cursor.fetchall() if name in CODENAMES]
