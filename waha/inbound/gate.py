"""The short way to the webhook: no middleware, because a machine signs and reads no cookies."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PREFIX = "/waha/webhook/"


class BareHandler(WSGIHandler):
    """Django's handler with the URLs of the product and none of its middleware."""

    def load_middleware(self, is_async: bool = False) -> None:
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        respond = self._get_response  # type: ignore[attr-defined]  # unknown to the stubs
        self._middleware_chain = convert_exception_to_response(respond)


def gate(application: "WSGIApplication") -> "WSGIApplication":
    """Send webhooks the short way and everything else to `application`.

    The view needs none of the middleware and works under it too, as in tests; the full stack
    costs about as much as storing the event.
    """
    bare = BareHandler()

    def dispatch(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        webhook = str(environ.get("PATH_INFO", "")).startswith(PREFIX)
        return (bare if webhook else application)(environ, start)

    return dispatch
