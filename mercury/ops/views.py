"""Pages and probes of operations."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from mercury.ops import readiness


@login_not_required
@require_GET
def livez(request: HttpRequest) -> HttpResponse:
    """Say that the process answers; checks nothing else."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@require_GET
def readyz(request: HttpRequest) -> JsonResponse:
    """Say whether this process can serve: 200 or 503, and which check failed, without details."""
    checks = readiness.checks()
    ready = all(checks.values())
    body = {
        "status": "ok" if ready else "failing",
        "checks": {name: "ok" if well else "failing" for name, well in checks.items()},
    }
    return JsonResponse(body, status=200 if ready else 503)
