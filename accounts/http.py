"""The request of somebody who is signed in."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from accounts.models import User


class AuthedRequest(HttpRequest):
    """A request behind LoginRequiredMiddleware: `user` is a User, `htmx` is set."""

    user: User
    htmx: HtmxDetails


def is_fragment(request: AuthedRequest) -> bool:
    """True when htmx asks for a part of a page (a boosted link wants the whole page)."""
    return bool(request.htmx) and not request.htmx.boosted
