"""The list of chats, one chat, and how far one has read it."""

from django.contrib import messages as notices
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts.http import AuthedRequest, is_fragment
from accounts.permissions import Can
from mercury.db.keyset import Cursor
from waha import customers
from waha.inbox import chat_lists, dates, numbers, pages, pins, reads, scope, visits
from waha.inbox.filters import Filters
from waha.inbox.pins import PinRefused
from waha.models import Level
from waha.outbound import chat_marks
from waha.outbound.refusals import MessageRefused


@require_GET
def chat_list(request: AuthedRequest) -> HttpResponse:
    """The inbox; htmx gets the chats and the numbers."""
    filters, cursor = Filters.parse(request.GET), Cursor.parse(request.GET.get("cursor", ""))
    context = pages.list_page(request.user, filters, cursor)
    fragment, whole = "waha/inbox/_list.html", "waha/inbox/list.html"
    return render(request, fragment if is_fragment(request) else whole, context)


@require_GET
def chat(request: AuthedRequest, chat_id: int) -> HttpResponse:
    """One chat beside the list; htmx gets the chat alone."""
    filters, before = Filters.parse(request.GET), Cursor.parse(request.GET.get("before", ""))
    start = dates.at_message(request.user, chat_id, request.GET) or dates.start(request.GET)
    if is_fragment(request):
        context = pages.thread_fragment(request.user, filters, chat_id, before=before, start=start)
        visits.note(request.user, chat_id)
        return render(request, "waha/inbox/_thread.html", context)
    context = pages.chat_page(request.user, filters, chat_id, before=before, start=start)
    visits.note(request.user, chat_id)
    return render(request, "waha/inbox/chat.html", context)


@require_GET
def row_list(request: AuthedRequest) -> HttpResponse:
    """The next rows of the list."""
    filters, cursor = Filters.parse(request.GET), Cursor.parse(request.GET.get("cursor", ""))
    read = numbers.read(request.user, counted=False)
    page = chat_lists.page(request.user, filters, read.all, cursor=cursor)
    context = {
        "rows": page.rows,
        "next_cursor": str(page.next) if page.next else "",
        "filters": filters,
        "chat": None,
    }
    return render(request, "waha/inbox/_chat_rows.html", context)


@require_POST
def chat_read(request: AuthedRequest, chat_id: int) -> HttpResponse:
    """Mark the chat read, up to a message when one is named."""
    chat = scope.chat(request.user, chat_id)
    named = request.POST.get("up_to", "")
    up_to = None
    if named.isascii() and named.isdigit() and len(named) < 20:
        up_to = scope.any_message(request.user, chat, int(named))
    reads.mark_read(chat=chat, by=request.user, up_to=up_to)
    if is_fragment(request):
        return _row_again(request, chat_id)
    return redirect(chat)


@require_POST
def chat_unread(request: AuthedRequest, chat_id: int) -> HttpResponse:
    """Leave the newest message unread for oneself."""
    reads.mark_unread(chat=scope.chat(request.user, chat_id), by=request.user)
    if is_fragment(request):
        return _row_again(request, chat_id)
    return redirect("inbox:list")


@require_POST
def chat_pin(request: AuthedRequest, chat_id: int) -> HttpResponse:
    """Keep the chat on top of the list."""
    chat = scope.chat(request.user, chat_id, Level.REPLY)
    try:
        pins.pin(chat=chat, by=request.user)
    except PinRefused as refusal:
        notices.error(request, str(refusal))
        if is_fragment(request):
            return HttpResponseClientRedirect(chat.get_absolute_url())
    return _head_again(request, chat_id)


@require_POST
def chat_unpin(request: AuthedRequest, chat_id: int) -> HttpResponse:
    """Let the chat stand where its last message puts it."""
    pins.unpin(chat=scope.chat(request.user, chat_id, Level.REPLY), by=request.user)
    return _head_again(request, chat_id)


@require_POST
def chat_archive(request: AuthedRequest, chat_id: int) -> HttpResponse:
    """Put the chat into the archive."""
    return _archive(request, chat_id, on=True)


@require_POST
def chat_unarchive(request: AuthedRequest, chat_id: int) -> HttpResponse:
    """Take the chat out of the archive."""
    return _archive(request, chat_id, on=False)


@require_POST
def chat_unread_on_phone(request: AuthedRequest, chat_id: int) -> HttpResponse:
    """Show the chat as unread on the number's phone."""
    chat = scope.chat(request.user, chat_id, Level.REPLY)
    try:
        chat_marks.mark_unread(chat=chat, by=request.user)
    except MessageRefused as refusal:
        notices.error(request, str(refusal))
    else:
        notices.success(request, _("On the phone the chat is shown as unread."))
    return redirect(chat)


def _archive(request: AuthedRequest, chat_id: int, *, on: bool) -> HttpResponse:
    chat = scope.chat(request.user, chat_id, Level.REPLY)
    try:
        said = chat_marks.archive(chat=chat, on=on, by=request.user)
    except MessageRefused as refusal:
        notices.error(request, str(refusal))
        return redirect(chat)
    done = _("The chat is in the archive.") if on else _("The chat is out of the archive.")
    notices.success(request, said or done)
    return redirect("inbox:list") if on else redirect(chat)


@require_POST
def chat_contact(request: AuthedRequest, chat_id: int) -> HttpResponse:
    """Add who writes in this chat to the contacts, or find them there; leads to their page."""
    chat = scope.chat(request.user, chat_id)
    if not request.user.has_perm(Can.ADD_CONTACTS):
        raise PermissionDenied(_("You may not add contacts. Ask an administrator."))
    try:
        contact = customers.contact_of(chat, by=request.user)
    except customers.NoPerson as refusal:
        notices.error(request, str(refusal))
        return redirect(chat)
    return redirect(contact)


def _head_again(request: AuthedRequest, chat_id: int) -> HttpResponse:
    """The chat's head for htmx; its row and its composer follow by the live update."""
    if not is_fragment(request):
        return redirect("inbox:chat", chat_id)
    context = pages.thread_fragment(request.user, Filters.parse(request.GET), chat_id)
    return render(request, "waha/inbox/_thread_head.html", context)


def _row_again(request: AuthedRequest, chat_id: int) -> HttpResponse:
    filters = Filters.parse(request.GET)
    context = pages.live(request.user, filters, chats={chat_id})
    return render(request, "waha/inbox/_live.html", context)
