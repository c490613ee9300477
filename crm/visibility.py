"""Who may see a contact or company: through chats, by permission, or as its maker.

Chats lie to the right of this app, so waha registers what a user sees through them.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.db.models import Q

if TYPE_CHECKING:
    from accounts.models import User

# A Q over contacts for a user; the second argument goes before each of its columns.
Clause = Callable[["User", str], Q]

_contacts: list[Clause] = []


def register_contacts(clause: Clause) -> None:
    """Let contacts be seen through other rows: `clause(user, prefix)` is a Q."""
    _contacts.append(clause)


def contacts(user: "User") -> Q:
    """Contacts `user` may see, as one Q."""
    if user.has_perm("crm.view_all"):
        return Q()
    visible = Q(created_by=user)
    for clause in _contacts:
        visible |= clause(user, "")
    return visible


def companies(user: "User") -> Q:
    """Companies `user` may see: those of visible contacts too, as one Q."""
    if user.has_perm("crm.view_all"):
        return Q()
    visible = Q(created_by=user) | Q(contacts__created_by=user)
    for clause in _contacts:
        visible |= clause(user, "contacts__")
    return visible
