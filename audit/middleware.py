"""Gives each request an id and its origin."""

import secrets
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from audit.context import Origin, acting


def client_address(request: HttpRequest) -> str | None:
    """The address of the browser, believing only as many proxies as TRUSTED_PROXY_COUNT says."""
    hops = [request.META.get("REMOTE_ADDR") or ""]
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    hops = [part.strip() for part in forwarded.split(",") if part.strip()] + hops
    position = max(len(hops) - 1 - settings.TRUSTED_PROXY_COUNT, 0)
    return hops[position] or None


class RequestContextMiddleware:
    """Keeps the origin of a request for audit entries, and names the request in the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = secrets.token_hex(8)
        request.META["mercury.request_id"] = request_id
        user = getattr(request, "user", None)
        origin = Origin(
            user_id=user.pk if user is not None and user.is_authenticated else None,
            url=request.build_absolute_uri(request.path)[:2000],
            ip_address=client_address(request),
            user_agent=request.META.get("HTTP_USER_AGENT", "")[:1000],
            request_id=request_id,
        )
        with acting(origin):
            response = self.get_response(request)
        response["X-Request-Id"] = request_id
        return response
