"""Doing something on WAHA for a page, which says why it could not be done."""

from collections.abc import Callable

from django.contrib import messages

from accounts.http import AuthedRequest
from waha.gateway.client import WahaError
from waha.models import WahaSession
from waha.numbers import reach


def ask_waha(request: AuthedRequest, session: WahaSession, action: Callable[..., None]) -> bool:
    """Do something on WAHA; returns whether it was done, and says why not."""
    try:
        action(session=session, by=request.user)
    except WahaError as error:
        messages.error(request, error.reason)
        return False
    return True


def say_unreachable(request: AuthedRequest, session: WahaSession) -> None:
    """Warn at once when WAHA's events of a new number could not come in; silent when they can."""
    found = reach.check(session)
    if not found.is_good:
        messages.warning(request, found.words)
