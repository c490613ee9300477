"""The number an address speaks of, as far as its user may act there."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from accounts.models import User
from waha.models import Level, WahaSession
from waha.models.sharing import levels


def visible(user: User, pk: int) -> WahaSession:
    """A number `user` may see. Raises Http404."""
    sessions_of_user = WahaSession.objects.visible_to(user).select_related("user", "server")
    return get_object_or_404(sessions_of_user, pk=pk)


def answering(user: User, pk: int) -> WahaSession:
    """A number `user` may answer on. Raises Http404, or PermissionDenied for who only reads."""
    refusal = _("Only who answers on this number may do that. Ask %(owner)s.")
    return _at(Level.REPLY, user, pk, refusal)


def managed(user: User, pk: int) -> WahaSession:
    """A number `user` manages. Raises Http404, or PermissionDenied where they only see it."""
    refusal = _("Only who manages this number may do that. Ask %(owner)s.")
    return _at(Level.MANAGE, user, pk, refusal)


def _at(level: Level, user: User, pk: int, refusal: str) -> WahaSession:
    session = visible(user, pk)
    if levels(user)[session.pk] < level:
        raise PermissionDenied(refusal % {"owner": session.user.name})
    return session
