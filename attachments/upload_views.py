"""Files put on a record, and changed there."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.http import AuthedRequest, is_fragment
from attachments import changes, panels, pictures, scope, services, upload_handlers
from attachments.changes import ChangeRefused
from attachments.forms import FileForm, UploadForm, first_error, kind_of
from attachments.models import Attachment, AttachmentType
from attachments.refusals import FileRefused, StorageFailed


@require_http_methods(["GET", "POST"])
def upload(request: AuthedRequest, label: str, pk: int) -> HttpResponse:
    """The files of a record for htmx; sent files are added, each with its own answer.

    A script sends one file at a time and reads JSON: {"error": sentence or ""}.
    """
    if request.method == "GET":
        record = scope.record(request.user, label, pk)
        return _panel(request, record) if is_fragment(request) else _back(record)
    record = scope.changeable_record(request.user, label, pk)
    errors, added = _take(request, record)
    if request.accepts("text/html"):
        for error in errors:
            messages.error(request, error)
        if added:
            words = ngettext("%(n)d file added.", "%(n)d files added.", added) % {"n": added}
            messages.success(request, words)
        return _back(record)
    return JsonResponse({"error": errors[0] if errors else ""}, status=422 if errors else 201)


@require_POST
def own_picture(request: AuthedRequest) -> HttpResponse:
    """Set one's own picture; sent with `none`, take it away."""
    page = redirect("accounts:profile")
    if "none" in request.POST:
        pictures.choose_own(request.user, None)
        return page
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, first_error(request, form))
        return page
    try:
        pictures.set_own(request.user, form.cleaned_data["file"], max_bytes=form.max_bytes)
    except (FileRefused, StorageFailed) as refusal:
        messages.error(request, str(refusal))
    return page


@require_http_methods(["GET", "POST"])
def file_edit(request: AuthedRequest, key: uuid.UUID) -> HttpResponse:
    """The name and kind of a file, other bytes for it, and where else it may hang."""
    file = scope.changeable_file(request.user, key)
    form = FileForm(request.POST or None, initial={"name": file.display_name, "type": file.type})
    if request.method == "POST" and form.is_valid():
        try:
            changes.describe(file, **form.cleaned_data, by=request.user)
            return _back(_owner(file))
        except ChangeRefused as refusal:
            form.add_error(None, str(refusal))
            file.refresh_from_db()  # it is still called as it was
    context = {"file": file, "form": form, "back_url": panels.page_of(_owner(file))}
    context["targets"] = panels.targets(request.user, _owner(file))
    return render(request, "attachments/file_edit.html", context)


@require_POST
def file_replace(request: AuthedRequest, key: uuid.UUID) -> HttpResponse:
    """Other bytes under the same address; the old ones can be brought back."""
    file = scope.changeable_file(request.user, key)
    form = UploadForm(request.POST, request.FILES, type=file.type)
    if not form.is_valid():
        messages.error(request, first_error(request, form))
        return _back(_owner(file))
    try:
        services.replace(file, form.cleaned_data["file"], by=request.user, max_bytes=form.max_bytes)
    except (FileRefused, StorageFailed) as refusal:
        messages.error(request, str(refusal))
        return _back(_owner(file))
    messages.success(request, _("Replaced. The file before is among the deleted ones."))
    return _back(_owner(file))


@require_POST
def file_move(request: AuthedRequest, key: uuid.UUID) -> HttpResponse:
    """Hang a file on a record near its own."""
    file = scope.changeable_file(request.user, key)
    owner = _owner(file)
    near = {target.key: target.record for target in panels.targets(request.user, owner)}
    target = near.get(request.POST.get("to", ""))
    if target is None:
        messages.error(request, _("Choose where the file should go."))
        return _back(_owner(file))
    changes.move(file, to=target, by=request.user)
    messages.success(request, _("Moved to %(record)s.") % {"record": target})
    return _back(owner)


@require_POST
def file_delete(request: AuthedRequest, key: uuid.UUID) -> HttpResponse:
    """Take a file off its record; htmx gets the files with a way back."""
    file = scope.changeable_file(request.user, key)
    changes.delete(file, by=request.user)
    if is_fragment(request):
        return _panel(request, _owner(file), undo_file=file)
    messages.success(request, _("Deleted. It can be brought back under “Deleted files”."))
    return _back(_owner(file))


@require_POST
def file_restore(request: AuthedRequest, key: uuid.UUID) -> HttpResponse:
    """Bring a deleted file back."""
    file = scope.changeable_file(request.user, key, deleted=True)
    changes.restore(file, by=request.user)
    return _panel(request, _owner(file)) if is_fragment(request) else _back(_owner(file))


def _take(request: AuthedRequest, record: models.Model) -> tuple[list[str], int]:
    """Keep what was sent; (sentences on what was not, how many were)."""
    kind, files = kind_of(request.POST.get("type", "")), request.FILES.getlist("file")
    if upload_handlers.refusal(request) or not files:  # what came before the cut is closed, too
        return [first_error(request, UploadForm(request.POST, request.FILES, type=kind))], 0
    errors, added = [], 0
    for sent in files:
        error = _take_one(request, record, sent, kind)
        added += not error
        if error:
            errors.append(f"{sent.name}: {error}" if len(files) > 1 else error)
    return errors, added


def _take_one(
    request: AuthedRequest,
    record: models.Model,
    sent: "UploadedFile[bytes]",
    kind: AttachmentType | None,
) -> str:
    form = UploadForm(request.POST, {"file": sent}, type=kind)
    if not form.is_valid():
        return first_error(request, form)
    try:
        services.store(
            sent, record=record, name=sent.name or "", by=request.user,
            max_bytes=form.max_bytes, type=kind, strict=True,
        )  # fmt: skip
    except (FileRefused, StorageFailed) as refusal:
        return str(refusal)
    return ""


def _owner(file: Attachment) -> models.Model:
    owner: Any = file.record  # scope.changeable_file saw that it is there
    found: models.Model = owner
    return found


def _panel(request: AuthedRequest, record: models.Model, **more: Any) -> HttpResponse:
    context = {"record": record, **panels.read(request.user, record), **more}
    return render(request, "attachments/_files.html", context)


def _back(record: models.Model) -> HttpResponse:
    return redirect(panels.page_of(record))
