"""Who can see a chat, and why."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.http import AuthedRequest
from accounts.permissions import Can
from waha import viewers
from waha.inbox import names, scope
from waha.models import Level


@require_GET
def chat_access(request: AuthedRequest, chat_id: int) -> HttpResponse:
    """Everybody who can see the chat, each with the reasons; for whoever sees it too."""
    chat = scope.chat(request.user, chat_id)
    contact = chat.contact.name if chat.contact else ""
    context = {
        "chat": chat,
        "name": names.chat_name(chat.chat_id, chat.kind, chat.name, contact),
        "viewers": viewers.viewers(chat.session),
        "may_export": request.user.has_perm(Can.EXPORT_CHATS),
        "may_share": chat.session.level_of(request.user) == Level.MANAGE,
    }
    return render(request, "waha/inbox/access.html", context)
