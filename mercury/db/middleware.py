"""Read-your-writes: after a write, the same browser reads the primary for some seconds."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from mercury.db import consistency, replicas

logger = logging.getLogger(__name__)

COOKIE = "mercury-wrote"
SAFE = {"GET", "HEAD", "OPTIONS"}


class ReplicaMiddleware:
    """Opens the replicas to safe requests of browsers that have not written lately.

    A replica that fails under a page is left out and the view runs once more on the primary,
    so that nobody sees an error page for it. Off, at no cost, without DATABASE_REPLICA_URLS.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not replicas.aliases():
            return self.get_response(request)
        pinned = request.get_signed_cookie(
            COOKIE, default=None, salt=COOKIE, max_age=settings.REPLICA_PIN_SECONDS
        )
        replicas_open = request.method in SAFE and pinned is None
        with consistency.reading(replicas=replicas_open) as reading:
            response = self.get_response(request)
        if reading.wrote:
            response.set_signed_cookie(
                COOKIE,
                "1",
                salt=COOKIE,
                max_age=settings.REPLICA_PIN_SECONDS,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        return response

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        """Run a safe view again on the primary when a replica went away under it."""
        reading = consistency.current()
        match = request.resolver_match
        lost = isinstance(exception, OperationalError | InterfaceError)
        if not (lost and reading.replicas and match and request.method in SAFE):
            return None
        for alias in replicas.aliases():
            replicas.leave_out(alias)
        reading.replicas = False
        logger.warning("%s runs again on the primary", match.view_name)
        result: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        return result
