"""Uploads as they come from a page."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from attachments.models import AttachmentType
from attachments.names import extension_of
from attachments.refusals import FileTooLarge


class UploadForm(forms.Form):
    """One file. `type` narrows what it may be; without one only the general size limit holds."""

    file = forms.FileField(label=_("File"), max_length=1000)

    def __init__(self, *args: Any, type: AttachmentType | None = None, **kwargs: Any) -> None:  # noqa: A002  # the model's own word
        super().__init__(*args, **kwargs)
        self.type = type

    @property
    def max_bytes(self) -> int:
        """The largest size that is taken, in bytes."""
        general: int = settings.MEDIA_MAX_BYTES
        return min(self.type.max_size, general) if self.type else general

    def clean_file(self) -> "UploadedFile[bytes]":
        upload: UploadedFile[bytes] = self.cleaned_data["file"]
        if (upload.size or 0) > self.max_bytes:
            raise forms.ValidationError(str(FileTooLarge(self.max_bytes)), code="too_large")
        allowed = (
            [str(one).lower().lstrip(".") for one in self.type.extensions] if self.type else []
        )
        if allowed and extension_of(upload.name or "") not in allowed:
            raise forms.ValidationError(
                _("This kind of file is not allowed here. Allowed are: %(extensions)s.")
                % {"extensions": ", ".join(sorted(allowed))},
                code="extension",
            )
        return upload
