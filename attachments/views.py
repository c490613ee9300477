"""Files handed out, each time only to who may see the record they hang on."""

import logging
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from hashlib import md5
from typing import IO

from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.http import (
    FileResponse,
    Http404,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.http import AuthedRequest
from attachments import copies, downloads, ranges, signing
from attachments.file_types import OCTETS
from attachments.models import Attachment, ScanState
from attachments.names import clean_name

logger = logging.getLogger(__name__)

RETRY_SECONDS = 30


class StorageAway(Exception):
    """The storage does not answer; the file may well be there."""


def calm(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Answer 503 with a page that says so while the storage is away."""

    @wraps(view)
    def answer(request: AuthedRequest, key: uuid.UUID) -> HttpResponseBase:
        try:
            return view(request, key)
        except StorageAway:
            response = render(request, "attachments/away.html", status=503)
            response["Retry-After"] = str(RETRY_SECONDS)
            response["Cache-Control"] = "private, no-store"
            return response

    return answer


# Whatever a file holds, opened as a page of its own it may neither run nor load anything.
SANDBOX = "default-src 'none'; sandbox"


@require_safe
@calm
def file(request: AuthedRequest, key: uuid.UUID) -> HttpResponseBase:
    """The file itself: shown when its type is harmless, else only to be downloaded."""
    attachment = _visible(request, key)
    downloads.note(request, attachment)
    if elsewhere := signing.address(attachment):
        return _sealed(HttpResponseRedirect(elsewhere), attachment)
    return _sealed(_streamed(request, attachment.path, attachment.size), attachment)


@require_safe
@calm
def playable(request: AuthedRequest, key: uuid.UUID) -> HttpResponseBase:
    """The copy of a voice note for browsers that cannot play the original."""
    attachment = _visible(request, key)
    path = copies.path_of(attachment)
    if not path:
        raise Http404(_("There is no copy of this file. Download it instead."))
    response = _streamed(request, path, _size(path))
    return _sealed(response, attachment, mime_type=copies.MIME_TYPE)


def _streamed(request: AuthedRequest, path: str, size: int) -> HttpResponseBase:
    try:
        part = ranges.parse(request.headers.get("Range", ""), size)
    except ranges.NotSatisfiable:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    content = _open(path)
    response: HttpResponseBase
    # If-Range compares with a validator, and we hand out none: the answer is the whole file.
    if part is None or "If-Range" in request.headers:
        response = FileResponse(content)
        response["Content-Length"] = str(size)
    else:
        response = StreamingHttpResponse(ranges.read(content, part), status=206)
        response["Content-Length"] = str(part.length)
        response["Content-Range"] = f"bytes {part.first}-{part.last}/{size}"
    response["Accept-Ranges"] = "bytes"
    return response


@require_safe
@calm
def thumbnail(request: AuthedRequest, key: uuid.UUID) -> HttpResponseBase:
    """The small picture that we made of a file."""
    attachment = _visible(request, key)
    if not attachment.thumbnail_path:
        raise Http404(_("This file has no preview."))
    # Kept by the browser but asked for each time: who sees it may change.
    etag = f'"{md5(attachment.thumbnail_path.encode(), usedforsecurity=False).hexdigest()}"'
    response: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if response is None:
        response = FileResponse(_open(attachment.thumbnail_path), content_type="image/webp")
    response["ETag"] = etag
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SANDBOX
    response["Cache-Control"] = "private, no-cache"
    return response


def _visible(request: AuthedRequest, key: uuid.UUID) -> Attachment:
    attachment = get_object_or_404(Attachment.objects.visible_to(request.user), uuid=key)
    if attachment.scan_state == ScanState.QUARANTINED:
        raise PermissionDenied(
            _("The virus scan holds this file back. Ask the sender for another.")
        )
    return attachment


def _open(path: str) -> IO[bytes]:
    with _asking():
        return default_storage.open(path)


def _size(path: str) -> int:
    with _asking():
        return default_storage.size(path)


@contextmanager
def _asking() -> Iterator[None]:
    """A file that is gone is 404; storages raise what their libraries raise when they are away."""
    try:
        yield
    except FileNotFoundError as error:
        logger.error("a stored file is gone")
        raise Http404(_("The file is not there any more.")) from error
    except Exception as error:
        logger.error("the storage of files is away: %s", type(error).__name__)
        raise StorageAway from error


def _sealed(
    response: HttpResponseBase, attachment: Attachment, mime_type: str = ""
) -> HttpResponseBase:
    inline = attachment.is_inline
    response["Content-Type"] = (mime_type or attachment.mime_type) if inline else OCTETS
    response["Content-Disposition"] = (
        content_disposition_header(not inline, clean_name(attachment.display_name)) or "attachment"
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SANDBOX
    response["Cache-Control"] = "private, no-store"
    return response
