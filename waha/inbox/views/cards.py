"""Sending a place, a contact, a poll, now or later."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.http import AuthedRequest
from accounts.models import User
from waha.inbox import reads, scope
from waha.inbox.card_forms import CardForm, ContactForm, LocationForm, PollForm
from waha.models import Level, WahaChat
from waha.outbound import outbox, scheduled
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
        try:
            _send_or_plan(chat, form, request.user)
        except MessageRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect(chat)
    context = {"chat": chat, "form": form, "title": title}
    return render(request, "waha/inbox/card_new.html", context)


def _send_or_plan(chat: WahaChat, form: CardForm, by: User) -> None:
    token, at = str(form.cleaned_data["client_token"]), form.cleaned_data["later_at"]
    if at is None:
        outbox.send_card(chat=chat, kind=form.kind, extra=form.extra(), by=by, client_token=token)
        reads.mark_read(chat=chat, by=by, replied=True)
        return
    scheduled.schedule(
        chat=chat, card=(form.kind, form.extra()), by=by, client_token=token, send_at=at,
        unless_written=form.cleaned_data["unless_written"],
    )  # fmt: skip
