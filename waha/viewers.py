"""Who may see a number and its chats, and why: each person once, with every reason."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import ModelHasRole, User
from audit.models import AuditLog
from waha.models import Level, RoleWaha, UserWaha, WahaSession
from waha.models.sharing import CODENAMES

# How far back in a number's audit entries it is looked up who shared it.
ENTRIES = 500

MAY: dict[Level, str | Promise] = {
    Level.VIEW: gettext_lazy("Reads the chats"),
    Level.REPLY: gettext_lazy("Reads and answers"),
    Level.MANAGE: gettext_lazy("Answers, connects and shares"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody may see a number: `by` and `at` are empty where nothing is on record."""

    words: str
    by: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Viewer:
    """One person who may see a number; `may` says in words what they may do there."""

    user: User
    level: Level
    is_owner: bool
    reasons: list[Reason]

    @property
    def may(self) -> str:
        return str(MAY[self.level])


@dataclass(frozen=True, slots=True)
class Share:
    """One grant as it was given: to a user or to everybody of a role."""

    key: str
    name: str
    level: Level
    is_role: bool
    is_owner: bool
    people: int
    by: str
    at: datetime

    @property
    def may(self) -> str:
        return str(MAY[self.level])


def viewers(session: WahaSession) -> list[Viewer]:
    """Everybody active who may see the number, the owner first; four queries."""
    found: dict[int, Viewer] = {}
    authors = _authors(session)
    for grant in _user_grants(session):
        if grant.user.is_active:
            _add(found, session, grant.user, _level(grant), _direct(grant, authors))
    role_grants = {grant.group_id: grant for grant in _role_grants(session)}
    for held in _people_of(role_grants):
        by_role = role_grants[held.group_id]
        _add(found, session, held.user, _level(by_role), _through(by_role, authors))
    return sorted(found.values(), key=lambda each: (not each.is_owner, each.user.name.casefold()))


def shares(session: WahaSession) -> list[Share]:
    """Every grant of the number, the owner's first, then people, then roles; four queries."""
    authors = _authors(session)
    found = [
        Share(
            key=f"user-{grant.user_id}",
            name=str(grant.user),
            level=_level(grant),
            is_role=False,
            is_owner=grant.user_id == session.user_id,
            people=1,
            by=authors.get(("user", grant.user_id), ""),
            at=grant.created_at,
        )
        for grant in _user_grants(session)
    ]
    roles = {grant.group_id: grant for grant in _role_grants(session)}
    heads = [held.group_id for held in _people_of(roles)]
    found += [
        Share(
            key=f"role-{grant.group_id}",
            name=grant.group.role.label,
            level=_level(grant),
            is_role=True,
            is_owner=False,
            people=heads.count(grant.group_id),
            by=authors.get(("role", grant.group_id), ""),
            at=grant.created_at,
        )
        for grant in roles.values()
    ]
    return sorted(found, key=lambda each: (not each.is_owner, each.is_role, each.name.casefold()))


def _add(
    found: dict[int, Viewer], session: WahaSession, user: User, level: Level, reason: Reason
) -> None:
    before = found.get(user.pk)
    reasons = [*before.reasons, reason] if before else [reason]
    highest = max(level, before.level) if before else level
    found[user.pk] = Viewer(user, highest, user.pk == session.user_id, reasons)


def _direct(grant: UserWaha, authors: dict[tuple[str, int], str]) -> Reason:
    owns = grant.user_id == grant.content_object.user_id
    words = _("Owns this number") if owns else _("Shared with them directly")
    return Reason(words, authors.get(("user", grant.user_id), ""), grant.created_at)


def _through(grant: RoleWaha, authors: dict[tuple[str, int], str]) -> Reason:
    words = _("Shared with everybody who has the role %(role)s") % {"role": grant.group.role.label}
    return Reason(words, authors.get(("role", grant.group_id), ""), grant.created_at)


def _level(grant: UserWaha | RoleWaha) -> Level:
    return CODENAMES.get(grant.permission.codename, Level.VIEW)


def _user_grants(session: WahaSession) -> list[UserWaha]:
    grants = UserWaha.objects.filter(content_object=session, permission__codename__in=CODENAMES)
    return list(grants.select_related("user", "permission", "content_object"))


def _role_grants(session: WahaSession) -> list[RoleWaha]:
    grants = RoleWaha.objects.filter(content_object=session, permission__codename__in=CODENAMES)
    return list(grants.select_related("group__role", "permission"))


def _people_of(roles: Iterable[int]) -> list[ModelHasRole]:
    held = ModelHasRole.objects.filter(group__in=list(roles), user__is_active=True)
    return list(held.select_related("user").order_by("pk"))


def _authors(session: WahaSession) -> dict[tuple[str, int], str]:
    """{("user" or "role", id): who shared it last}, as far as the audit log knows."""
    entries = AuditLog.objects.filter(
        content_type=ContentType.objects.get_for_model(WahaSession),
        object_id=session.pk,
        event__in=("session.shared", "session.handed_over"),
    ).order_by("-pk")
    found: dict[tuple[str, int], str] = {}
    for values, name in entries.values_list("new_values", "actor__name")[:ENTRIES]:
        for kind, field in (("user", "user"), ("role", "role"), ("user", "owner")):
            if values and values.get(field):
                found.setdefault((kind, values[field]), name or "")
    return found
