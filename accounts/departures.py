"""Somebody leaves: deactivated, with what they owned handed on; deleted only without a trace.

What people own and where they are named lies mostly to the right of this app, so each app
registers its own in AppConfig.ready.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import grants, sign_ins
from accounts.models import User, UserQuerySet
from audit import log, tracking
from audit.models import AuditLog


class DepartureRefused(Exception):
    """Somebody who cannot be deactivated or deleted like this; the message is fit to show."""


@dataclass(frozen=True, slots=True)
class Belongings:
    """A kind of thing people own: the names of somebody's, and how all of them change hands."""

    owned_by: Callable[[User], list[str]]
    hand_over: Callable[[User, User, User | None], None]


Trace = tuple[str | Promise, Callable[[User], bool]]

_belongings: list[Belongings] = []


def _is_audited(user: User) -> bool:
    kind = ContentType.objects.get_for_model(User)
    named = Q(actor_id=user.pk) | Q(content_type=kind, object_id=user.pk)
    return bool(AuditLog.objects.filter(named).exists())


_traces: list[Trace] = [(gettext_lazy("the audit log"), _is_audited)]


def register_belongings(belongings: Belongings) -> None:
    """Have this kind of thing handed on before its owner is deactivated."""
    _belongings.append(belongings)


def register_trace(words: str | Promise, is_named: Callable[[User], bool]) -> None:
    """Keep users whom these records name; `words` says which: "messages"."""
    _traces.append((words, is_named))


def heirs() -> UserQuerySet:
    """Everybody active, in the order of their names: who may take over from somebody."""
    return User.objects.get_queryset().filter(is_active=True).order_by("name", "email")


def owned_by(user: User) -> list[str]:
    """Names of all that `user` owns and somebody else must take over."""
    return [name for each in _belongings for name in each.owned_by(user)]


@transaction.atomic
def deactivate(*, user: User, by: User | None, heir: User | None = None) -> None:
    """Let `user` sign in no more, anywhere, and give what they own to `heir`.

    Raises DepartureRefused without an heir where there is something to own, and for an heir who
    cannot sign in; GrantRefused where `by` may not change `user`.
    """
    if by is not None:
        grants.check_person(by, user)
    if owned := owned_by(user):
        if heir is None or heir.pk == user.pk or not heir.is_active:
            raise DepartureRefused(
                _("Choose somebody active who takes over: %(names)s.") % {"names": ", ".join(owned)}
            )
        for each in _belongings:
            each.hand_over(user, heir, by)
    user.is_active = False
    with tracking.untold():
        user.save(update_fields=["is_active", "updated_at"])
    sign_ins.end_all(user=user, by=by)
    log.record(
        "user.deactivated", target=user, by=by, new={"heir": heir.pk if owned and heir else None}
    )


def reason_to_keep(user: User) -> str:
    """Why `user` cannot be deleted, as a sentence; empty where nothing names them."""
    if owned := owned_by(user):
        return _("%(name)s owns %(what)s. Deactivate them instead and choose who takes over.") % {
            "name": user,
            "what": ", ".join(owned),
        }
    found = [str(words) for words, is_named in _traces if is_named(user)]
    if not found:
        return ""
    return _(
        "%(name)s is named by %(what)s, which must stay readable. Deactivate them instead."
    ) % {
        "name": user,
        "what": ", ".join(found),
    }
