"""The panel beside a chat, and the messages in it that were starred or pinned."""

from django.contrib import messages as notices
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.http import AuthedRequest, is_fragment
from waha.forms import LabelForm
from waha.inbox import details, label_chips, marked, members, pages, scope, visits
from waha.inbox.filters import Filters
from waha.models import Level, WahaLabel
from waha.outbound import chat_marks, labels
from waha.outbound.refusals import MessageRefused


@require_GET
def chat_details(request: AuthedRequest, chat_id: int) -> HttpResponse:
    """The panel for htmx, a page otherwise."""
    return _panel(request, chat_id)


@require_GET
def member_list(request: AuthedRequest, chat_id: int) -> HttpResponse:
    """The next members of a group."""
    chat = scope.chat(request.user, chat_id)
    start = request.GET.get("start", "")
    first = int(start) if start.isascii() and start.isdigit() and len(start) < 6 else 0
    context = {"chat": chat, "members": members.read(request.user, chat, first)}
    fragment, whole = "waha/inbox/_members.html", "waha/inbox/members.html"
    return render(request, fragment if is_fragment(request) else whole, context)


@require_POST
def members_ask(request: AuthedRequest, chat_id: int) -> HttpResponse:
    """Have WhatsApp asked who is in a group."""
    chat = scope.chat(request.user, chat_id)
    if chat.is_group:
        members.ask(chat)
    return _panel(request, chat_id, notice=_("WhatsApp is being asked. It takes a moment."))


@require_GET
def starred_list(request: AuthedRequest, chat_id: int) -> HttpResponse:
    """The starred messages of a chat: in the panel for htmx, a page otherwise."""
    chat = pages.one_chat(request.user, chat_id)
    visits.note(request.user, chat_id)
    context = {"chat": chat, "messages": marked.starred(request.user, chat)}
    fragment, whole = "waha/inbox/_starred.html", "waha/inbox/starred.html"
    return render(request, fragment if is_fragment(request) else whole, context)


@require_GET
def pinned_list(request: AuthedRequest, chat_id: int) -> HttpResponse:
    """The bar of pinned messages over a thread."""
    chat = pages.one_chat(request.user, chat_id)
    context = {"chat": chat, "messages": marked.pinned(request.user, chat)}
    return render(request, "waha/inbox/_pinned.html", context)


@require_GET
def label_list(request: AuthedRequest) -> HttpResponse:
    """The labels one may filter the list by: a menu for htmx, a page otherwise."""
    filters = Filters.parse(request.GET)
    context = {"filters": filters, "labels": label_chips.names(request.user, filters.number)}
    fragment, whole = "waha/inbox/_label_links.html", "waha/inbox/labels.html"
    return render(request, fragment if is_fragment(request) else whole, context)


@require_POST
def chat_labels(request: AuthedRequest, chat_id: int) -> HttpResponse:
    """Let the chat have exactly the labels that are ticked."""
    chat = scope.chat(request.user, chat_id, Level.REPLY)
    ticked = {int(pk) for pk in request.POST.getlist("label") if pk.isascii() and pk.isdigit()}
    known = WahaLabel.objects.visible_to(request.user).standing().filter(session=chat.session)
    wanted = [label for label in known if label.pk in ticked]
    try:
        chat_marks.set_labels(chat=chat, labels=wanted, by=request.user)
    except MessageRefused as refusal:
        return _panel(request, chat_id, refused=str(refusal))
    return _panel(request, chat_id, chosen={label.pk for label in wanted})


@require_POST
def label_add(request: AuthedRequest, chat_id: int) -> HttpResponse:
    """Make a label on the account of the chat's number, ready to be ticked."""
    chat = scope.chat(request.user, chat_id, Level.REPLY)
    name, color = LabelForm(request.POST).read()
    try:
        labels.create(session=chat.session, name=name, color=color or 0, by=request.user)
    except MessageRefused as refusal:
        return _panel(request, chat_id, refused=str(refusal))
    return _panel(request, chat_id, notice=_("The label is made. Tick it to put it on this chat."))


def _panel(
    request: AuthedRequest,
    chat_id: int,
    *,
    refused: str = "",
    notice: str = "",
    chosen: set[int] | None = None,
) -> HttpResponse:
    """The panel as it is about to be; a plain form goes back to it with a notice."""
    row = scope.chat(request.user, chat_id)
    if request.method == "POST" and not is_fragment(request):
        if refused or notice:
            (notices.error if refused else notices.success)(request, refused or notice)
        return redirect("inbox:chat-details", chat_id)
    context = details.read(request.user, row) | {"refused": refused, "notice": notice}
    if chosen is not None:
        context["chosen"] = chosen
    fragment, whole = "waha/inbox/_details.html", "waha/inbox/details.html"
    return render(request, fragment if is_fragment(request) else whole, context)
