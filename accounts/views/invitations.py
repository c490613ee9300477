"""Taking an invitation."""

from typing import cast

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import invitations
from accounts.invitation_forms import AcceptForm
from accounts.invitations import InvitationRefused


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Choose a name and a password, and be signed in; a link that is over says so (410)."""
    user = invitations.user_of(token)
    if user is None:
        return render(request, "accounts/invitation_over.html", status=410)
    form = AcceptForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            user = invitations.accept(text=token, **form.cleaned_data)
        except InvitationRefused:
            return render(request, "accounts/invitation_over.html", status=410)
        record_authentication(request, user, "invitation")
        return cast("HttpResponse", perform_login(request, Login(user=user, redirect_url="/")))
    return render(request, "accounts/invitation.html", {"form": form, "invited": user})
