"""A chat to keep."""

from collections.abc import Iterator

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.http import AuthedRequest
from accounts.permissions import Can
from attachments.names import clean_name
from waha.inbox import exports, pages
from waha.inbox.export_forms import ExportForm
from waha.inbox.exports import ExportRefused
from waha.inbox.open_chat import Chat


@require_http_methods(["GET", "POST"])
def chat_export(request: AuthedRequest, chat_id: int) -> HttpResponseBase:
    """Ask which days, and hand them out as a ZIP; for whoever sees the chat and may export."""
    chat = pages.one_chat(request.user, chat_id)
    if not request.user.has_perm(Can.EXPORT_CHATS):
        raise PermissionDenied(_("You may not export chats. Ask an administrator."))
    form = ExportForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            return _handed_out(chat, exports.begin(request.user, chat, form.wanted(chat)))
        except ExportRefused as refusal:
            form.add_error(None, str(refusal))
    return _page(request, chat, form)


def _page(request: AuthedRequest, chat: Chat, form: ExportForm) -> HttpResponse:
    return render(request, "waha/inbox/export.html", {"chat": chat, "form": form})


def _handed_out(chat: Chat, pieces: Iterator[bytes]) -> StreamingHttpResponse:
    response = StreamingHttpResponse(pieces, content_type="application/zip")
    name = clean_name(f"{chat.name} {timezone.localdate():%Y-%m-%d}.zip", fallback="chat.zip")
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response
