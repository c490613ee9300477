"""Pages and probes of operations."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET


@login_not_required
@require_GET
def livez(request: HttpRequest) -> HttpResponse:
    """Say that the process answers; checks nothing else."""
    return HttpResponse("ok\n", content_type="text/plain")
