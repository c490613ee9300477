"""The short way to the webhook: straight from WSGI to the view.

WAHA signs and reads no cookies, so it needs no middleware, and its one address no resolver:
both together cost more than storing the event.
"""

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.core.handlers.wsgi import WSGIRequest
from django.db import connections
from django.http import HttpResponse

from waha.inbound.webhook import webhook

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

logger = logging.getLogger(__name__)

PREFIX = "/waha/webhook/"


def gate(application: "WSGIApplication") -> "WSGIApplication":
    """Send webhooks the short way and everything else to `application`.

    The view works under the whole stack too, as in tests; what differs is only the cost.
    """

    def dispatch(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        name = _session_name(str(environ.get("PATH_INFO", "")))
        if not name:
            return application(environ, start)
        response = _answer(environ, name)
        start(
            f"{response.status_code} {response.reason_phrase}",
            [(str(header), str(value)) for header, value in response.items()],
        )
        return [response.content]

    return dispatch


def _session_name(path: str) -> str:
    """Return the name in a webhook's path, "" for any other path."""
    if not (path.startswith(PREFIX) and path.endswith("/")):
        return ""
    name = path[len(PREFIX) : -1]
    # WSGI hands bytes over as Latin-1.
    return "" if "/" in name else name.encode("latin-1").decode("utf-8", "replace")


def _answer(environ: "WSGIEnvironment", name: str) -> HttpResponse:
    # What Django does for all connections at the start of each request.
    connections["journal"].close_if_unusable_or_obsolete()
    try:
        return webhook(WSGIRequest(environ), name)
    except Exception:
        logger.exception("webhook failed")
        return HttpResponse("Something went wrong. Please try again.\n", status=500)
