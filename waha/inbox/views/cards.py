"""Sending a place, a contact, a poll."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.http import AuthedRequest
from waha.inbox import reads, scope
from waha.inbox.card_forms import CardForm, ContactForm, LocationForm, PollForm
from waha.models import Level
from waha.outbound import outbox
from waha.outbound.refusals import MessageRefused


@require_http_methods(["GET", "POST"])
def location_send(request: AuthedRequest, chat_id: int) -> HttpResponse:
    """Send a place."""
    return _send(request, chat_id, LocationForm, _("Send a place"))


@require_http_methods(["GET", "POST"])
def contact_send(request: AuthedRequest, chat_id: int) -> HttpResponse:
    """Send a contact card."""
    return _send(request, chat_id, ContactForm, _("Send a contact"))


@require_http_methods(["GET", "POST"])
def poll_send(request: AuthedRequest, chat_id: int) -> HttpResponse:
    """Send a poll."""
    return _send(request, chat_id, PollForm, _("Send a poll"))


def _send(
    request: AuthedRequest, chat_id: int, form_class: type[CardForm], title: str | Promise
) -> HttpResponse:
    chat = scope.chat(request.user, chat_id, Level.REPLY)
    form = form_class(request.POST) if request.method == "POST" else form_class()
    if request.method == "POST" and form.is_valid():
        token = str(form.cleaned_data["client_token"])
        try:
            outbox.send_card(
                chat=chat, kind=form.kind, extra=form.extra(), by=request.user, client_token=token
            )
        except MessageRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            reads.mark_read(chat=chat, by=request.user, replied=True)
            return redirect(chat)
    context = {"chat": chat, "form": form, "title": title}
    return render(request, "waha/inbox/card_new.html", context)
