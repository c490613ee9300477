"""The record an address speaks of, as far as its user may act there."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.models import User
from crm.kinds import Kind
from crm.models import Contact, Instructor, Record


def visible(user: User, kind: Kind, pk: int) -> Any:
    """A record `user` may see. Raises Http404."""
    rows: Any = kind.model._default_manager
    related = ["picture", "created_by", "merged_into"]
    if kind.model is Contact:
        related.append("company")
    if kind.model is Instructor:
        related = ["picture", "created_by", "contact"]
    found = rows.visible_to(user).select_related(*related).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def changeable(user: User, kind: Kind, pk: int) -> Any:
    """A record `user` may change. Raises Http404, or PermissionDenied where they only see it."""
    found: Record = visible(user, kind, pk)
    if not user.has_perm(kind.change):
        raise PermissionDenied(_("You may look at this but not change it. Ask an administrator."))
    return found


def check_add(user: User, kind: Kind) -> None:
    """Raises PermissionDenied for who may add none of this kind."""
    if not user.has_perm(kind.add):
        raise PermissionDenied(_("You may not add any. Ask an administrator."))
