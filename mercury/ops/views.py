"""Probes for machines: no page, and no user behind most of them."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from mercury.ops import metrics, readiness


@login_not_required
@require_GET
def livez(request: HttpRequest) -> HttpResponse:
    """Say that the process answers; checks nothing else."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@require_GET
def readyz(request: HttpRequest) -> JsonResponse:
    """Say whether this process can serve: 200 or 503, and how each check is, without details."""
    ready, body = readiness.status()
    return JsonResponse(body, status=200 if ready else 503)


@login_not_required
@require_GET
def metric_list(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus, with METRICS_TOKEN as bearer or for who may see /ops/."""
    allowed = metrics.allowed(request)
    if allowed is None:
        words = "Send METRICS_TOKEN as a bearer token, or sign in.\n"
        headers = {"WWW-Authenticate": 'Bearer realm="metrics"'}
        return HttpResponse(words, "text/plain", status=401, headers=headers)
    if not allowed:
        words = "Your role does not see how the installation runs.\n"
        return HttpResponse(words, "text/plain", status=403)
    return HttpResponse(metrics.text(), metrics.CONTENT_TYPE)
