"""What managers do to a number: start, stop and the like, each asked about first where it cuts."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.http import AuthedRequest
from waha import syncs
from waha.gateway.client import WahaError
from waha.numbers import pairing, reach, scope
from waha.numbers.asking import ask_waha
from waha.numbers.forms import CodeForm, OlderForm

CODE = "pairing_code"


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody is asked before a number is cut off, and what happens if they say yes."""

    title: str | Promise
    text: str | Promise
    button: str | Promise
    action: Callable[..., None]


QUESTIONS = {
    "stop": Question(
        gettext_lazy("Stop this number?"),
        gettext_lazy(
            "Nothing comes in and nothing goes out until somebody starts it again. The phone "
            "stays paired, and what customers write meanwhile is fetched afterwards."
        ),
        gettext_lazy("Stop"),
        pairing.stop,
    ),
    "restart": Question(
        gettext_lazy("Restart this number?"),
        gettext_lazy(
            "It is cut off for some seconds and connects again by itself. The phone stays paired; "
            "what comes meanwhile is fetched afterwards."
        ),
        gettext_lazy("Restart"),
        pairing.restart,
    ),
    "log-out": Question(
        gettext_lazy("Log out on WhatsApp?"),
        gettext_lazy(
            "The phone forgets this connection, and a new QR code has to be scanned before "
            "anything comes in or goes out. Chats are kept. What customers write until then may "
            "be missing for good, because WhatsApp may not give it to the new connection."
        ),
        gettext_lazy("Log out"),
        pairing.log_out,
    ),
    "remove": Question(
        gettext_lazy("Take this number off?"),
        gettext_lazy(
            "The phone forgets this connection and WAHA forgets the number. Its chats stay here "
            "and can be read and searched, but nobody can write in them. It can be connected "
            "again later, with a new QR code."
        ),
        gettext_lazy("Take it off"),
        pairing.remove,
    ),
}


@require_POST
def number_start(request: AuthedRequest, pk: int) -> HttpResponse:
    """Start a number; on WAHA it is made first where it is not known."""
    return _act(request, pk, pairing.start)


@require_http_methods(["GET", "POST"])
def number_cut(request: AuthedRequest, pk: int, what: str) -> HttpResponse:
    """Stop, restart, log out or take off; GET asks, POST does."""
    session, question = scope.managed(request.user, pk), QUESTIONS[what]
    if request.method == "POST":
        return _act(request, pk, question.action)
    context = {"session": session, "question": question}
    return render(request, "waha/numbers/confirm.html", context)


@require_POST
def number_adopt(request: AuthedRequest, pk: int) -> HttpResponse:
    """Go on with the other account that turned up."""
    return _act(request, pk, pairing.adopt)


@require_POST
def number_turn_away(request: AuthedRequest, pk: int) -> HttpResponse:
    """Log the other account out and pair the right phone."""
    return _act(request, pk, pairing.turn_away)


@require_POST
def number_code(request: AuthedRequest, pk: int) -> HttpResponse:
    """Ask for a code to type on the phone; the number's page shows it, to this person alone."""
    session = scope.managed(request.user, pk)
    form = CodeForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(form.errors["phone"][0]))
        return redirect("numbers:detail", pk)
    try:
        code = pairing.code(session, form.cleaned_data["phone"])
    except WahaError as error:
        messages.error(request, error.reason)
    else:
        request.session[CODE] = {"number": pk, "code": code, "epoch": session.waha_status}
    return redirect("numbers:detail", pk)


@require_http_methods(["GET", "POST"])
def number_passkey(request: AuthedRequest, pk: int) -> HttpResponse:
    """Show the code that the phone shows too; POST says that they are the same."""
    session = scope.managed(request.user, pk)
    if request.method == "POST":
        return _act(request, pk, pairing.confirm_passkey)
    try:
        code = pairing.passkey_code(session)
    except WahaError as error:
        messages.error(request, error.reason)
        return redirect("numbers:detail", pk)
    return render(request, "waha/numbers/passkey.html", {"session": session, "code": code})


@require_POST
def number_check(request: AuthedRequest, pk: int) -> HttpResponse:
    """Test whether the address that WAHA is told leads here, and say what is wrong."""
    session = scope.managed(request.user, pk)
    found = reach.check(session)
    (messages.success if found.is_good else messages.error)(request, found.words)
    return redirect("numbers:detail", pk)


@require_POST
def number_fetch(request: AuthedRequest, pk: int) -> HttpResponse:
    """Fetch what was missed now, instead of within five minutes."""
    session = scope.managed(request.user, pk)
    if syncs.reconcile(session=session, by=request.user) is None:
        messages.error(request, _("This number has never been connected: nothing to fetch."))
    return redirect("numbers:detail", pk)


@require_POST
def number_older(request: AuthedRequest, pk: int) -> HttpResponse:
    """Fetch older chats, from as far back as is chosen."""
    session, form = scope.managed(request.user, pk), OlderForm(request.POST)
    days = form.cleaned_data["days"] if form.is_valid() else 0
    if syncs.bring_older(session=session, days=days, by=request.user) is None:
        messages.error(request, _("Choose how far back. One reading at a time is possible."))
    return redirect("numbers:detail", pk)


def _act(request: AuthedRequest, pk: int, action: Callable[..., None]) -> HttpResponse:
    ask_waha(request, scope.managed(request.user, pk), action)
    return redirect("numbers:detail", pk)
