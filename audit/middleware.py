"""Gives each request an id and its origin."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from audit.context import Origin, acting, acting_user, new_request_id, safe_path


def client_address(request: HttpRequest) -> str | None:
    """The address of the browser, believing only as many proxies as TRUSTED_PROXY_COUNT says."""
    hops = [request.META.get("REMOTE_ADDR") or ""]
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    hops = [part.strip() for part in forwarded.split(",") if part.strip()] + hops
    position = max(len(hops) - 1 - settings.TRUSTED_PROXY_COUNT, 0)
    return hops[position] or None


class RequestIdMiddleware:
    """Names the request, in its answer and in every line of the log; the first of all.

    What fails before anybody is known, such as the session's database, has its id too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = new_request_id()
        request.META["mercury.request_id"] = request_id
        path = safe_path(request.path)
        origin = Origin(
            url=f"{settings.PUBLIC_URL}{path}"[:2000],
            ip_address=client_address(request),
            user_agent=request.META.get("HTTP_USER_AGENT", "")[:1000],
            request_id=request_id,
            tags="admin" if path.startswith("/admin/") else "",
        )
        with acting(origin):
            response = self.get_response(request)
        response["X-Request-Id"] = request_id
        return response


class RequestContextMiddleware:
    """Keeps who asks for audit entries; stands behind the sign-in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = getattr(request, "user", None)
        known = user is not None and user.is_authenticated
        with acting_user(user.pk if user is not None and known else None):
            return self.get_response(request)
