"""The page that shares a number: with whom, how far, and who owns it."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.http import AuthedRequest
from waha import sharing, viewers
from waha.models import Level, WahaSession
from waha.numbers import scope
from waha.numbers.forms import HandOverForm, ShareForm, WhomForm


@require_http_methods(["GET", "POST"])
def number_sharing(request: AuthedRequest, pk: int) -> HttpResponse:
    """With whom a number is shared; POST shares it with somebody, or changes how far."""
    session = scope.managed(request.user, pk)
    form = ShareForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        level = Level(form.cleaned_data["level"])

        def share() -> str:
            sharing.share(session=session, level=level, by=request.user, **form.target)
            return _("%(name)s: %(may)s.") % {"name": form.name, "may": viewers.MAY[level]}

        return _try(request, session, share)
    return render(request, "waha/numbers/sharing.html", _context(session, form))


@require_POST
def number_unshare(request: AuthedRequest, pk: int) -> HttpResponse:
    """Take the number away from a user or a role; they lose it at once."""
    session, form = scope.managed(request.user, pk), WhomForm(request.POST)

    def unshare() -> str:
        if not form.is_valid():
            raise sharing.SharingRefused(_("They have it no more. Nothing was changed."))
        sharing.unshare(session=session, by=request.user, **form.target)
        return _("%(name)s cannot see this number any more.") % {"name": form.name}

    return _try(request, session, unshare)


@require_POST
def number_hand_over(request: AuthedRequest, pk: int) -> HttpResponse:
    """Make somebody else the owner."""
    session, form = scope.managed(request.user, pk), HandOverForm(request.POST)

    def hand_over() -> str:
        if not form.is_valid():
            raise sharing.SharingRefused(_("Choose who is to own this number."))
        heir = form.cleaned_data["heir"]
        sharing.hand_over(session=session, to=heir, by=request.user)
        return _("%(name)s owns this number now.") % {"name": heir}

    return _try(request, session, hand_over)


def _try(request: AuthedRequest, session: WahaSession, change: Callable[[], str]) -> HttpResponse:
    """Make a change and go back to the page, or to the list when it took one's own right."""
    try:
        messages.success(request, change())
    except sharing.SharingRefused as refusal:
        messages.error(request, str(refusal))
    if session.level_of(request.user) == Level.MANAGE:
        return redirect("numbers:sharing", session.pk)
    return redirect("numbers:list")


def _context(session: WahaSession, form: ShareForm) -> dict[str, object]:
    return {
        "session": session,
        "shares": viewers.shares(session),
        "levels": [(level.value, words) for level, words in viewers.MAY.items()],
        "form": form,
        "hand_over": HandOverForm(),
    }
