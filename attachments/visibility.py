"""Who may see a file: whoever may see the record it hangs on.

This app imports none of the apps to its right, so each registers its own clause in
AppConfig.ready; a kind of record without a clause is visible to nobody.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.db.models import Q

if TYPE_CHECKING:
    from accounts.models import User

Clause = Callable[["User"], Q]

_clauses: dict[str, Clause] = {}


def register(label: str, clause: Clause) -> None:
    """Let files on records of `label` (app.model) be seen by the rows of `clause(user)`."""
    _clauses[label] = clause


def clause(user: "User") -> Q:
    """Files `user` may see, as one Q over attachments."""
    visible = Q(pk__in=[])
    for label in sorted(_clauses):
        app_label, model = label.split(".")
        visible |= Q(model_type__app_label=app_label, model_type__model=model) & _clauses[label](
            user
        )
    return visible
