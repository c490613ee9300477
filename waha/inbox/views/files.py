"""Sending files that hang on records."""

import uuid

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.http import AuthedRequest
from waha.inbox import reads, scope, stored_files
from waha.inbox.forms import StoredFilesForm
from waha.models import Level, WahaChat
from waha.outbound.refusals import MessageRefused


@require_http_methods(["GET", "POST"])
def files_send(request: AuthedRequest, chat_id: int) -> HttpResponse:
    """Choose among the files of the people around a chat, or of any record, and send them."""
    chat = scope.chat(request.user, chat_id, Level.REPLY)
    form = StoredFilesForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            stored_files.send(chat=chat, by=request.user, **form.sending)
        except MessageRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            reads.mark_read(chat=chat, by=request.user, replied=True)
            return redirect(chat)
    return _page(request, chat, form)


def _page(request: AuthedRequest, chat: WahaChat, form: StoredFilesForm) -> HttpResponse:
    words = request.GET.get("q", "").strip()[: stored_files.LONGEST_SEARCH]
    context = {
        "chat": chat,
        "form": form,
        "q": words,
        "sources": stored_files.sources(request.user, chat),
        "found": stored_files.find(request.user, words),
        "ticked": set(request.POST.getlist("file")),
        "client_token": form.data.get("client_token") or str(uuid.uuid4()),
        "text": form.data.get("text", ""),
    }
    return render(request, "waha/inbox/files_send.html", context)
