"""The mails of an embedded installation."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts import mails
from accounts.http import AuthedRequest


@require_GET
def outbox(request: AuthedRequest) -> HttpResponse:
    """Mails that went into files for want of a mail server. Raises Http404 where there is one."""
    if not mails.may_read(request.user):
        raise Http404
    return render(request, "accounts/outbox.html", {"mails": mails.newest()})
