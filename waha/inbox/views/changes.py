"""What one can do with a message that is there: react, star, pin, edit, delete for everyone."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages as notices
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.http import AuthedRequest, is_fragment
from mercury.ui import phones
from waha.inbox import pages, scope, threads
from waha.inbox.bubbles import Bubble
from waha.models import Level, MarkKind, MessageFields, WahaChat
from waha.outbound import abilities, changes, marks
from waha.outbound.refusals import MessageRefused

QUICK = ("👍", "❤️", "😂", "😮", "😢", "🙏")


@require_GET
def message_actions(request: AuthedRequest, chat_id: int, message_id: int) -> HttpResponse:
    """What can be done with a message: a menu for htmx, a page otherwise."""
    chat = scope.chat(request.user, chat_id, Level.REPLY)
    message = scope.any_message(request.user, chat, message_id)
    words = phones.text(message.content)
    context = _marks(chat, message) | {
        "chat": chat,
        "quick": QUICK,
        "mine": changes.my_reaction(message),
        "may_react": bool(message.message_id) and message.revoked_at is None,
        # Who sees phones masked would send the mask.
        "may_edit": changes.may_edit(message) and words == message.content,
        "may_delete": changes.may_delete(message),
        "words": words,
        "message_pk": message.pk,
    }
    fragment, whole = "waha/inbox/_message_actions.html", "waha/inbox/message_actions.html"
    return render(request, fragment if is_fragment(request) else whole, context)


def _marks(chat: WahaChat, message: MessageFields) -> dict[str, Any]:
    """The keys of the menu for stars and pins; `no_…` says why the engine cannot."""
    marked = marks.standing(message)
    return {
        "starred": MarkKind.STAR in marked,
        "pinned": MarkKind.PIN in marked,
        "no_star": abilities.lacking(chat.session, abilities.STAR),
        "no_pin": abilities.lacking(chat.session, abilities.PIN),
        "pin_days": marks.DAYS,
    }


@require_POST
def message_react(request: AuthedRequest, chat_id: int, message_id: int) -> HttpResponse:
    """Put a reaction on a message, or take it away."""
    emoji = request.POST.get("emoji", "")

    def react(chat: WahaChat, message: MessageFields) -> None:
        changes.react(chat=chat, message=message, emoji=emoji, by=request.user)

    return _do(request, chat_id, message_id, react, lambda bubble: None)


@require_POST
def message_edit(request: AuthedRequest, chat_id: int, message_id: int) -> HttpResponse:
    """Change the words of an own message."""
    text = request.POST.get("text", "")

    def edit(chat: WahaChat, message: MessageFields) -> None:
        changes.edit(chat=chat, message=message, text=text, by=request.user)

    def show(bubble: Bubble) -> None:
        bubble.content, bubble.edited = text.strip(), True

    return _do(request, chat_id, message_id, edit, show)


@require_POST
def message_delete(request: AuthedRequest, chat_id: int, message_id: int) -> HttpResponse:
    """Take an own message back from everybody's phones."""

    def delete(chat: WahaChat, message: MessageFields) -> None:
        changes.delete_for_everyone(chat=chat, message=message, by=request.user)

    def show(bubble: Bubble) -> None:
        bubble.revoked = True

    return _do(request, chat_id, message_id, delete, show)


@require_POST
def message_star(request: AuthedRequest, chat_id: int, message_id: int) -> HttpResponse:
    """Star a message, or take the star away."""
    on = request.POST.get("on") == "1"

    def star(chat: WahaChat, message: MessageFields) -> None:
        marks.star(chat=chat, message=message, on=on, by=request.user)

    def show(bubble: Bubble) -> None:
        bubble.starred = on

    return _do(request, chat_id, message_id, star, show)


@require_POST
def message_pin(request: AuthedRequest, chat_id: int, message_id: int) -> HttpResponse:
    """Pin a message on top of the chat for some days; for none, the pin is taken away."""
    days = request.POST.get("days", "")

    def pin(chat: WahaChat, message: MessageFields) -> None:
        if days == "0":
            marks.unpin(chat=chat, message=message, by=request.user)
        else:
            wanted = int(days) if days in {"1", "7", "30"} else 0
            marks.pin(chat=chat, message=message, days=wanted, by=request.user)

    response = _do(request, chat_id, message_id, pin, lambda bubble: None)
    response["HX-Trigger"] = "pins"
    return response


def _do(
    request: AuthedRequest,
    chat_id: int,
    message_id: int,
    act: Callable[[WahaChat, MessageFields], None],
    show: Callable[[Bubble], None],
) -> HttpResponse:
    """Do it, and answer with the bubble as it is about to be; the live update brings the rest."""
    chat = scope.chat(request.user, chat_id, Level.REPLY)
    message = scope.any_message(request.user, chat, message_id)
    refused = ""
    try:
        act(chat, message)
    except MessageRefused as refusal:
        refused = str(refusal)
    if not is_fragment(request):
        if refused:
            notices.error(request, refused)
        return redirect(chat)
    if refused:
        response = render(request, "waha/inbox/_refusal.html", {"refused": refused})
        response["HX-Retarget"], response["HX-Reswap"] = f"#refusal-{message_id}", "textContent"
        return response
    shown = pages.one_chat(request.user, chat_id)
    page = threads.newer(request.user, shown, also=[message.pk])
    for bubble in page.bubbles:
        show(bubble)
    return render(request, "waha/inbox/_messages.html", pages.messages(page, shown))
