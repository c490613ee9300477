"""Error pages that must come even when the database is away: no session, no user, no queries."""

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.csrf import requires_csrf_token

BARE_FRAME = {"sections": [], "theme": "light", "theme_choice": "system", "csrf_token": ""}


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a crash with the id under which it stands in the log."""
    return _page(request, "500.html", 500)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django refused to read."""
    return _page(request, "400.html", 400)


@requires_csrf_token
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose token is missing or stale: most often a page left open for long."""
    return _page(request, "403_csrf.html", 403)


def _page(request: HttpRequest, template: str, status: int) -> HttpResponse:
    context = BARE_FRAME | {"request_id": request.META.get("mercury.request_id", "")}
    return HttpResponse(render_to_string(template, context), status=status)
