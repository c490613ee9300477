"""Who may see a file, and who may add and remove some: it goes by the record it hangs on.

This app imports none of the apps to its right, so each registers its own clause, most by the
field `attachments.fields.Files`; a kind of record without a clause is visible to nobody.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.db.models import Model, Q

if TYPE_CHECKING:
    from accounts.models import User

Clause = Callable[["User"], Q]
May = Callable[["User", Model], bool]

_clauses: dict[str, Clause] = {}
_changes: dict[str, May] = {}


def register(label: str, clause: Clause, *, change: "str | May" = "") -> None:
    """Let files on records of `label` (app.model) be seen by the rows of `clause(user)`.

    `change` says who may add and remove them: the name of a permission or a function.
    """
    _clauses[label] = clause
    if callable(change):
        _changes[label] = change
    elif change:
        _changes[label] = lambda user, record: user.has_perm(change)


def clause(user: "User") -> Q:
    """Files `user` may see, as one Q over attachments."""
    visible = Q(pk__in=[])
    for label in sorted(_clauses):
        app_label, model = label.split(".")
        visible |= Q(model_type__app_label=app_label, model_type__model=model) & _clauses[label](
            user
        )
    return visible


def takes_files(label: str) -> bool:
    """Whether people put files on records of this kind."""
    return label in _clauses and label in _changes


def kinds_with_files() -> list[str]:
    """The kinds of records that people put files on, as app.model."""
    return sorted(label for label in _clauses if takes_files(label))


def may_change(user: "User", record: Model) -> bool:
    """Whether `user` may add files to a record they see, and change those on it."""
    may = _changes.get(record._meta.label_lower)
    return may is not None and may(user, record)
