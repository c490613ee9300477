"""Pages of numbers: the list, one number with its QR code, its states, what comes in."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.http import AuthedRequest, is_fragment
from accounts.permissions import Can
from mercury.db import keyset
from waha import servers, sessions, syncs, viewers
from waha.gateway.client import Refused, WahaError
from waha.models import WahaSession
from waha.numbers import cards, pairing, scope, states
from waha.numbers.actions import CODE
from waha.numbers.asking import ask_waha, say_unreachable
from waha.numbers.cards import NumberCard
from waha.numbers.forms import CodeForm, IntakeForm, NumberForm, OlderForm


@require_GET
def number_list(request: AuthedRequest) -> HttpResponse:
    """The numbers somebody may see, with their state and what to do; htmx gets the rows."""
    fragment, whole = "waha/numbers/_rows.html", "waha/numbers/list.html"
    found = cards.cards(request.user)
    context = {
        "numbers": found,
        "may_add": request.user.has_perm(Can.ADD_NUMBERS),
        "may_see_servers": request.user.has_perm(Can.VIEW_SERVERS),
    }
    return render(request, fragment if is_fragment(request) else whole, context)


@require_GET
def number_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    """One number; its managers see the QR code, the buttons and with whom it is shared."""
    session = scope.visible(request.user, pk)
    card = cards.card(session, request.user)
    context = _around(request, session, card)
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
                **form.made(), owner=request.user, by=request.user, server=servers.place()
            )
        except (sessions.SessionRefused, servers.NoRoom) as refusal:
            form.add_error(None, str(refusal))
        else:
            if ask_waha(request, session, pairing.start):
                say_unreachable(request, session)
            return redirect("numbers:detail", session.pk)
    return render(request, "waha/numbers/add.html", {"form": form})


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


@require_GET
def number_states(request: AuthedRequest, pk: int) -> HttpResponse:
    """Every state a number was in, newest first; htmx gets the next page of rows."""
    session = scope.visible(request.user, pk)
    cursor = keyset.Cursor.parse(request.GET.get("before", ""))
    page = states.page(session, cursor)
    context = {"session": session, "rows": page.rows, "next": page.next}
    fragment, whole = "waha/numbers/_state_rows.html", "waha/numbers/states.html"
    return render(request, fragment if is_fragment(request) else whole, context)


@require_http_methods(["GET", "POST"])
def number_settings(request: AuthedRequest, pk: int) -> HttpResponse:
    """What comes in on a number; a change is put on WAHA, which restarts a running session."""
    session = scope.managed(request.user, pk)
    form = IntakeForm(request.POST or None, initial=IntakeForm.read(session))
    if request.method == "POST" and form.is_valid():
        sessions.choose(session=session, by=request.user, ignore=form.ignored())
        if ask_waha(request, session, pairing.set_up_again):
            messages.success(request, _("Saved. It holds from now on."))
        return redirect("numbers:detail", pk)
    return render(request, "waha/numbers/settings.html", {"session": session, "form": form})


def _around(request: AuthedRequest, session: WahaSession, card: NumberCard) -> dict[str, Any]:
    """What the state panel shows beside the card: codes, what is being fetched, the lock."""
    context: dict[str, Any] = {"number": card, "now": timezone.now()}
    context["locked_until"] = cards.locked_until(card)
    if card.may_manage:
        context["syncs"] = syncs.latest(session)
        context["older_form"] = OlderForm()
        context["code_form"] = CodeForm()
        given = request.session.get(CODE) or {}
        context["code"] = given.get("code") if given.get("number") == card.pk else ""
    return context
