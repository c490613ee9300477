"""Who may see a number, for those who manage it."""

from dataclasses import dataclass

from waha.models import Level, RoleWaha, UserWaha, WahaSession
from waha.models.sharing import CODENAMES


@dataclass(frozen=True, slots=True)
class Share:
    """One user or role and what they may do."""

    name: str
    level: str
    is_role: bool
    is_owner: bool = False


def of(session: WahaSession) -> list[Share]:
    """Roles and users a number is shared with, the owner first; two queries."""
    roles = RoleWaha.objects.filter(content_object=session).values_list(
        "group__role__name", "permission__codename"
    )
    users = UserWaha.objects.filter(content_object=session).values_list(
        "user__name", "permission__codename", "user_id"
    )
    found = [
        Share(name, _words(codename), is_role=False, is_owner=pk == session.user_id)
        for name, codename, pk in users
    ]
    found += [Share(name, _words(codename), is_role=True) for name, codename in roles]
    return sorted(found, key=lambda share: (not share.is_owner, share.is_role, share.name))


def _words(codename: str) -> str:
    return str(CODENAMES.get(codename, Level.VIEW).label)
