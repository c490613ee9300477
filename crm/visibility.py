"""Who may see a contact, company or instructor: through chats, by permission, or as its maker.

Chats lie to the right of this app, so waha registers what a user sees through them.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q, QuerySet

if TYPE_CHECKING:
    from accounts.models import User

# Rows with a `contact_id` that a user sees.
Seen = Callable[["User"], QuerySet[Any]]

_seen: list[Seen] = []


def register_contacts(seen: Seen) -> None:
    """Let contacts be seen through the rows of `seen(user)`, which have a `contact_id`."""
    _seen.append(seen)


def sees_all(user: "User") -> bool:
    """Whether every row of this app is theirs to see."""
    return user.has_perm("crm.view_all")


def contacts(user: "User") -> Q:
    """Contacts `user` may see, as one Q.

    EXISTS and not a join: a join shows a contact once for each chat, and DISTINCT over that
    reads and sorts the whole table for one page of it.
    """
    if sees_all(user):
        return Q()
    visible = Q(created_by=user)
    for seen in _seen:
        visible |= Q(Exists(seen(user).filter(contact_id=OuterRef("pk"))))
    return visible


def few_contacts(user: "User", most: int) -> list[int] | None:
    """The keys of the contacts somebody sees through chats, or None when they are too many.

    Lists ask this first: a few among a million are found by their keys and not by walking the
    million, many are met soon enough on the walk. One query for each kind of row.
    """
    found: set[int] = set()
    for seen in _seen:
        rows = seen(user).filter(contact_id__isnull=False).order_by()
        found.update(rows.values_list("contact_id", flat=True).distinct()[: most + 1])
        if len(found) > most:
            return None
    return sorted(found)
