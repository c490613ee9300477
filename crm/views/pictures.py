"""The picture or logo of a record."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.http import AuthedRequest
from attachments.forms import UploadForm, first_error
from attachments.refusals import FileRefused, StorageFailed
from crm import pictures, scope
from crm.kinds import Kind


@require_POST
def record_picture(request: AuthedRequest, kind: Kind, pk: int) -> HttpResponse:
    """Set the picture; sent with `none`, take it away."""
    record = scope.changeable(request.user, kind, pk)
    if "none" in request.POST:
        pictures.choose(record, None, by=request.user)
        return redirect(record)
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, first_error(request, form))
        return redirect(record)
    file = form.cleaned_data["file"]
    try:
        pictures.set_picture(record, file, by=request.user, max_bytes=form.max_bytes)
    except (FileRefused, StorageFailed) as refusal:
        messages.error(request, str(refusal))
    return redirect(record)
