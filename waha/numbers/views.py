"""Pages of numbers: the list, one number with its QR code, starting and stopping."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.http import AuthedRequest, is_fragment
from accounts.permissions import Can
from waha import sessions, viewers
from waha.gateway.client import Refused, WahaError
from waha.models import WahaSession
from waha.numbers import cards, pairing, scope
from waha.numbers.forms import NumberForm
from waha.servers import first_server


@require_GET
def number_list(request: AuthedRequest) -> HttpResponse:
    """The numbers somebody may see, with their state and what to do; htmx gets the rows."""
    fragment, whole = "waha/numbers/_rows.html", "waha/numbers/list.html"
    found = cards.cards(request.user)
    context = {"numbers": found, "may_add": request.user.has_perm(Can.ADD_NUMBERS)}
    return render(request, fragment if is_fragment(request) else whole, context)


@require_GET
def number_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    """One number; its managers see the QR code, the buttons and with whom it is shared."""
    session = scope.visible(request.user, pk)
    card = cards.card(session, request.user)
    context = {"number": card, "now": timezone.now()}
    if is_fragment(request):
        return render(request, "waha/numbers/_state.html", context)
    if card.may_manage:
        context["shares"] = viewers.shares(session)
        context["declines_calls"] = session.calls_policy["declines"]
    return render(request, "waha/numbers/detail.html", context)


@require_http_methods(["GET", "POST"])
def number_add(request: AuthedRequest) -> HttpResponse:
    """Connect a new number: make it, start it on WAHA, and go on to its QR code."""
    if not request.user.has_perm(Can.ADD_NUMBERS):
        raise PermissionDenied(_("You may not connect numbers. Ask an administrator."))
    form = NumberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            session = sessions.create_session(
                **form.cleaned_data, owner=request.user, by=request.user, server=first_server()
            )
        except sessions.SessionRefused as refusal:
            form.add_error("name", str(refusal))
        else:
            _ask_waha(request, session, pairing.start)
            return redirect("numbers:detail", session.pk)
    return render(request, "waha/numbers/add.html", {"form": form})


@require_POST
def number_start(request: AuthedRequest, pk: int) -> HttpResponse:
    """Start a number."""
    return _act(request, pk, pairing.start)


@require_POST
def number_stop(request: AuthedRequest, pk: int) -> HttpResponse:
    """Stop a number, keeping its pairing."""
    return _act(request, pk, pairing.stop)


@require_POST
def number_restart(request: AuthedRequest, pk: int) -> HttpResponse:
    """Stop and start a number."""
    return _act(request, pk, pairing.restart)


@require_GET
def number_qr(request: AuthedRequest, pk: int) -> HttpResponse:
    """The QR code as a picture. Raises Http404 while there is none to scan."""
    session = scope.managed(request.user, pk)
    try:
        png = pairing.qr_png(session)
    except Refused as refusal:
        raise Http404(refusal.reason) from refusal
    except WahaError:
        return HttpResponse(status=503)
    return HttpResponse(png, content_type="image/png", headers={"Cache-Control": "no-store"})


def _act(request: AuthedRequest, pk: int, action: Callable[..., None]) -> HttpResponse:
    session = scope.managed(request.user, pk)
    _ask_waha(request, session, action)
    return redirect("numbers:detail", pk)


def _ask_waha(request: AuthedRequest, session: WahaSession, action: Callable[..., None]) -> None:
    try:
        action(session=session, by=request.user)
    except WahaError as error:
        messages.error(request, error.reason)
