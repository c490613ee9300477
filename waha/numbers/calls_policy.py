"""The page that says whether a number takes calls."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.http import AuthedRequest
from waha.numbers import scope
from waha.numbers.forms import CallsForm
from waha.outbound import declining


@require_http_methods(["GET", "POST"])
def number_calls(request: AuthedRequest, pk: int) -> HttpResponse:
    """Whether calls to a number are declined, and what their callers are told."""
    session = scope.managed(request.user, pk)
    form = CallsForm(initial=session.calls_policy)
    if request.method == "POST" and (form := CallsForm(request.POST)).is_valid():
        declining.set_policy(session=session, by=request.user, **form.cleaned_data)
        messages.success(request, _("Saved. It holds from the next call on."))
        return redirect("numbers:detail", pk)
    return render(request, "waha/numbers/calls_policy.html", {"form": form, "number": session})
