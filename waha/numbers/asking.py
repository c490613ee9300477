"""Doing something on WAHA for a page, which says why it could not be done."""

from collections.abc import Callable

from django.contrib import messages

from accounts.http import AuthedRequest
from waha.gateway.client import WahaError
from waha.models import WahaSession


def ask_waha(request: AuthedRequest, session: WahaSession, action: Callable[..., None]) -> bool:
    """Do something on WAHA; returns whether it was done, and says why not."""
    try:
        action(session=session, by=request.user)
    except WahaError as error:
        messages.error(request, error.reason)
        return False
    return True
