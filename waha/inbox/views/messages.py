"""Messages of a chat: reading older ones, sending, and deciding on those that failed."""

from collections.abc import Callable, Sequence

from django.contrib import messages as notices
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.http import AuthedRequest, is_fragment
from attachments import upload_handlers
from mercury.db.consistency import on_primary
from mercury.db.keyset import Cursor
from waha.inbound import media
from waha.inbox import pages, reads, scope, sending, threads, visits
from waha.inbox.filters import Filters
from waha.inbox.forms import MessageForm
from waha.models import Level, MessageFields, WahaChat, WahaMessage
from waha.outbound import outbox
from waha.outbound.refusals import MessageRefused


@require_GET
def message_list(request: AuthedRequest, chat_id: int) -> HttpResponse:
    """Messages before a cursor, from a place on, or all that came after one."""
    start = Cursor.parse(request.GET.get("from", ""))
    if start is not None:
        return _onward(request, chat_id, start)
    after = Cursor.parse(request.GET.get("after", ""))
    if after is not None:
        with on_primary():  # whoever asks for what is new has just heard of it
            chat = pages.one_chat(request.user, chat_id)
            page = threads.newer(request.user, chat, after)
    else:
        before = Cursor.parse(request.GET.get("before", ""))
        chat = pages.one_chat(request.user, chat_id)
        page = threads.page(request.user, chat, before=before)
    visits.note(request.user, chat_id)
    return render(request, "waha/inbox/_messages.html", pages.messages(page, chat))


def _onward(request: AuthedRequest, chat_id: int, start: Cursor) -> HttpResponse:
    """The next page towards the newest; the last one says where the live view goes on."""
    chat = pages.one_chat(request.user, chat_id)
    page = threads.onward(request.user, chat, start)
    visits.note(request.user, chat_id)
    context = pages.messages(page, chat) | {"older_cursor": "", "caught_up": page.newer is None}
    if not page.entries:
        context["newest_cursor"] = str(start)
    return render(request, "waha/inbox/_messages.html", context)


@require_POST
def message_send(request: AuthedRequest, chat_id: int) -> HttpResponse:
    """Send what the composer holds: htmx gets the new bubbles, a plain form the chat."""
    chat = scope.chat(request.user, chat_id, Level.REPLY)
    form = MessageForm(request.POST, request.FILES, cut=upload_handlers.refusal(request))
    if not form.is_valid():
        return _form_again(request, chat_id, form)
    if form.cleaned_data["later"]:
        return _plan(request, chat, form)
    try:
        sent = sending.send(chat=chat, by=request.user, **form.now)
    except MessageRefused as refusal:
        form.add_error(None, str(refusal))
        return _form_again(request, chat_id, form)
    reads.mark_read(chat=chat, by=request.user, replied=True)
    if is_fragment(request):
        return _bubbles(request, chat_id, sent)
    return redirect(chat)


@require_POST
def message_retry(request: AuthedRequest, chat_id: int, message_id: int) -> HttpResponse:
    """Send a failed or unconfirmed message again."""
    return _decide(request, chat_id, message_id, outbox.retry)


@require_POST
def message_confirm(request: AuthedRequest, chat_id: int, message_id: int) -> HttpResponse:
    """Say that an unconfirmed message was sent."""
    return _decide(request, chat_id, message_id, outbox.confirm)


@require_POST
def message_discard(request: AuthedRequest, chat_id: int, message_id: int) -> HttpResponse:
    """Throw a message away that was not sent: htmx gets nothing in its place."""
    chat = scope.chat(request.user, chat_id, Level.REPLY)
    message = scope.message(request.user, chat, message_id)
    try:
        outbox.discard(message=message, by=request.user)
    except MessageRefused as refusal:
        return _refused(request, chat_id, message, refusal)
    return HttpResponse() if is_fragment(request) else redirect(chat)


@require_POST
def message_fetch(request: AuthedRequest, chat_id: int, message_id: int) -> HttpResponse:
    """Try again to fetch a file that could not be fetched; whoever sees the chat may."""
    chat = scope.chat(request.user, chat_id)
    message = scope.any_message(request.user, chat, message_id)
    media.fetch_again(message)
    if is_fragment(request):
        with on_primary():
            return _bubbles(request, chat_id, [message])
    return redirect(chat)


def _plan(request: AuthedRequest, chat: WahaChat, form: MessageForm) -> HttpResponse:
    """Keep it for later: htmx is told to look at what is planned."""
    try:
        sending.plan(chat=chat, by=request.user, **form.planned)
    except MessageRefused as refusal:
        form.add_error(None, str(refusal))
        return _form_again(request, chat.pk, form)
    if is_fragment(request):
        return HttpResponse(headers={"HX-Trigger": "planned"})
    notices.success(request, _("It is sent at that time."))
    return redirect(chat)


def _decide(
    request: AuthedRequest, chat_id: int, message_id: int, act: Callable[..., WahaMessage]
) -> HttpResponse:
    chat = scope.chat(request.user, chat_id, Level.REPLY)
    message = scope.message(request.user, chat, message_id)
    try:
        message = act(message=message, by=request.user)
    except MessageRefused as refusal:
        return _refused(request, chat_id, message, refusal)
    return _bubbles(request, chat_id, [message]) if is_fragment(request) else redirect(chat)


def _refused(
    request: AuthedRequest, chat_id: int, message: WahaMessage, refusal: MessageRefused
) -> HttpResponse:
    """The same bubble with the reason in it; a plain form gets it as a notice over the chat."""
    if is_fragment(request):
        response = _bubbles(request, chat_id, [message], error=str(refusal))
        # A discarded bubble would be taken away: this one is put back in its place.
        response["HX-Reswap"] = "outerHTML"
        return response
    notices.error(request, str(refusal))
    return redirect("inbox:chat", chat_id)


def _bubbles(
    request: AuthedRequest, chat_id: int, sent: Sequence[MessageFields], error: str = ""
) -> HttpResponse:
    chat = pages.one_chat(request.user, chat_id)
    page = threads.newer(request.user, chat, also=[message.pk for message in sent])
    for bubble in page.bubbles if error else []:
        bubble.error = error
    return render(request, "waha/inbox/_messages.html", pages.messages(page, chat))


def _form_again(request: AuthedRequest, chat_id: int, form: MessageForm) -> HttpResponse:
    """The errors for htmx, the whole page with them otherwise; 200, because htmx drops 4xx."""
    if is_fragment(request):
        response = render(request, "waha/inbox/_composer_errors.html", {"form": form})
        response["HX-Retarget"], response["HX-Reswap"] = "#composer-errors", "innerHTML"
        return response
    context = pages.chat_page(request.user, Filters.parse(request.GET), chat_id, form=form)
    return render(request, "waha/inbox/chat.html", context)
