"""Sending files that hang on records: from the chat, or from the file."""

import uuid

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.http import AuthedRequest
from attachments.models import Attachment
from waha.inbox import file_chats as choices
from waha.inbox import reads, scope, stored_files
from waha.inbox.filters import LONGEST_SEARCH
from waha.inbox.forms import StoredFilesForm
from waha.models import Level, WahaChat
from waha.models.sharing import session_ids
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


@require_GET
def file_chats(request: AuthedRequest, key: uuid.UUID) -> HttpResponse:
    """Choose the chat that a file is sent in; the file waits there, ticked."""
    file = get_object_or_404(Attachment.objects.visible_to(request.user), uuid=key)
    if not session_ids(request.user, Level.REPLY):
        raise PermissionDenied(_("There is no number on which you may answer."))
    words = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    context = {
        "file": file,
        "q": words,
        "near": [] if words else choices.near(request.user, file),
        "found": choices.find(request.user, words),
        "back_url": choices.page_of(file),
    }
    return render(request, "waha/inbox/file_chats.html", context)


def _page(request: AuthedRequest, chat: WahaChat, form: StoredFilesForm) -> HttpResponse:
    words = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    asked = request.GET.getlist("file")
    asked_for = stored_files.chosen(request.user, asked)[: stored_files.MOST_AT_ONCE]
    context = {
        "chat": chat,
        "chat_name": choices.name_of(chat),
        "form": form,
        "q": words,
        "asked_for": asked_for,
        "sources": stored_files.sources(request.user, chat, besides=asked_for),
        "found": stored_files.find(request.user, words),
        "ticked": set(request.POST.getlist("file") if request.method == "POST" else asked),
        "client_token": form.data.get("client_token") or str(uuid.uuid4()),
        "text": form.data.get("text", ""),
    }
    return render(request, "waha/inbox/files_send.html", context)
