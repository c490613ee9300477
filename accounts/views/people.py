"""Inviting people."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import invitations
from accounts.http import AuthedRequest
from accounts.invitation_forms import InviteForm
from accounts.invitations import InvitationRefused
from accounts.models import User
from accounts.permissions import Can


@require_http_methods(["GET", "POST"])
def people(request: AuthedRequest) -> HttpResponse:
    """Invite somebody, and see who has not come yet."""
    _check(request)
    form = InviteForm(request.POST or None, by=request.user)
    if request.method == "POST" and form.is_valid():
        group = form.cleaned_data.pop("role")
        roles = [group.role] if group else []
        try:
            user = invitations.invite(**form.cleaned_data, roles=roles, by=request.user)
        except InvitationRefused as refusal:
            form.add_error("email", str(refusal))
        else:
            _send(request, user)
            return redirect("accounts:people")
    context = {"form": form, "waiting": invitations.waiting()}
    return render(request, "accounts/people.html", context)


@require_POST
def invite_again(request: AuthedRequest, pk: int) -> HttpResponse:
    """Send a fresh link; the one before stops working. Raises Http404 for who has come."""
    _check(request)
    user = invitations.waiting().filter(pk=pk).first()
    if user is None:
        raise Http404
    invitations.renew(user=user, by=request.user)
    _send(request, user)
    return redirect("accounts:people")


def _send(request: AuthedRequest, user: User) -> None:
    page = reverse("accounts:invitation", args=[invitations.token(user)])
    try:
        invitations.send(user=user, link=request.build_absolute_uri(page), by=request.user)
    except InvitationRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("%(email)s is invited.") % {"email": user.email})


def _check(request: AuthedRequest) -> None:
    if not request.user.has_perm(Can.ADD_USERS):
        raise PermissionDenied(_("You may not invite people. Ask an administrator."))
