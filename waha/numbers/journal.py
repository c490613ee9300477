"""The journal: what WAHA told us, what is stored of it, and what became of that."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.http import AuthedRequest, is_fragment
from waha.inbound import journal
from waha.numbers import ledger, scope


@require_GET
def journal_list(request: AuthedRequest) -> HttpResponse:
    """The last day of every number somebody manages; htmx gets the rows."""
    context = {"ledger": ledger.of_all(request.user)}
    fragment, whole = "waha/numbers/_journal_rows.html", "waha/numbers/journal.html"
    return render(request, fragment if is_fragment(request) else whole, context)


@require_GET
def journal_number(request: AuthedRequest, pk: int) -> HttpResponse:
    """One number hour by hour, and the events that could not be applied."""
    session = scope.managed(request.user, pk)
    context = {"session": session, "ledger": ledger.of_one(request.user, session)}
    return render(request, "waha/numbers/journal_number.html", context)


@require_POST
def journal_replay(request: AuthedRequest, pk: int) -> HttpResponse:
    """Apply dead events again: the one that is named, or all of the number."""
    session = scope.managed(request.user, pk)
    dead = ledger.dead(request.user, session)
    event = request.POST.get("event", "")
    if event.isdecimal():
        # No key has more digits, and Python refuses to read thousands of them.
        dead = dead.filter(pk=int(event)) if len(event) < 19 else dead.none()
    again = journal.replay(dead)
    words = ngettext("%(n)s event is applied again.", "%(n)s events are applied again.", again)
    messages.info(request, words % {"n": again})
    return redirect("numbers:journal-number", pk)
