"""One's own account: who one is, and where one is signed in."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import mails, profile_parts, second_factor, sign_ins
from accounts.http import AuthedRequest
from accounts.permissions import Can
from accounts.profile_forms import ProfileForm
from accounts.sessions import SIGN_IN_KEY


@require_http_methods(["GET", "POST"])
def profile(request: AuthedRequest) -> HttpResponse:
    """Name, language, time zone and phone; and the browsers one is signed in with."""
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("accounts:profile")
    context = {
        "form": form,
        "browsers": sign_ins.browsers_of(request.user, request),
        "attempts": sign_ins.attempts_of(request.user),
        "has_second_factor": second_factor.has_one(request.user),
        "may_invite": request.user.has_perm(Can.ADD_USERS),
        "may_read_mails": mails.may_read(request.user),
        **profile_parts.read(request.user),
    }
    return render(request, "accounts/profile.html", context)


@require_POST
def browser_end(request: AuthedRequest, pk: int) -> HttpResponse:
    """Sign one other browser out. Raises Http404 for the one in use and those of others."""
    if pk == request.session.get(SIGN_IN_KEY):
        raise Http404
    if not sign_ins.end_one(user=request.user, sign_in=pk, by=request.user):
        raise Http404
    messages.success(request, _("That browser is signed out."))
    return redirect("accounts:profile")


@require_POST
def browser_end_others(request: AuthedRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    sign_ins.end_all(user=request.user, by=request.user, keep=request)
    update_session_auth_hash(request, request.user)
    messages.success(request, _("You are signed out everywhere but here."))
    return redirect("accounts:profile")
