"""Uploads as they come from a page."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from attachments import upload_handlers
from attachments.models import AttachmentType
from attachments.names import extension_of
from attachments.refusals import FileTooLarge

MEGABYTE = 1024 * 1024


def allowed_bytes(type: AttachmentType | None) -> int:  # noqa: A002  # the model's own word
    """The largest size that is taken, in bytes."""
    general: int = settings.MEDIA_MAX_BYTES
    return min(type.max_size, general) if type else general


def kind_of(chosen: str) -> AttachmentType | None:
    """The kind of file that a form names by its key; None for anything else."""
    if not (chosen.isascii() and chosen.isdigit() and len(chosen) < 19):
        return None
    return AttachmentType.objects.filter(pk=int(chosen)).first()


class UploadForm(forms.Form):
    """One file. `type` narrows what it may be; without one only the general size limit holds."""

    file = forms.FileField(
        label=_("File"),
        max_length=1000,
        error_messages={
            "required": _("Choose a file."),
            "missing": _("Choose a file."),
            "empty": _("The file is empty. Choose another one."),
        },
    )

    def __init__(self, *args: Any, type: AttachmentType | None = None, **kwargs: Any) -> None:  # noqa: A002  # the model's own word
        super().__init__(*args, **kwargs)
        self.type = type

    @property
    def max_bytes(self) -> int:
        """The largest size that is taken, in bytes."""
        return allowed_bytes(self.type)

    def clean_file(self) -> "UploadedFile[bytes]":
        upload: UploadedFile[bytes] = self.cleaned_data["file"]
        if (upload.size or 0) > self.max_bytes:
            raise forms.ValidationError(str(FileTooLarge(self.max_bytes)), code="too_large")
        allowed = self.type.allowed if self.type else set()
        if allowed and extension_of(upload.name or "") not in allowed:
            raise forms.ValidationError(
                _("This kind of file is not allowed here. Allowed are: %(extensions)s.")
                % {"extensions": ", ".join(sorted(allowed))},
                code="extension",
            )
        return upload


def first_error(request: HttpRequest, form: UploadForm) -> str:
    """What to say of a form that is not valid."""
    if cut := upload_handlers.refusal(request, form.max_bytes):
        return cut
    found: Any = next(iter(form.errors.values()), None)
    return str(found[0]) if found else gettext("Choose a file.")


class FileForm(forms.Form):
    """The name and kind of a file that is there."""

    name = forms.CharField(
        label=_("Name"), max_length=255, widget=forms.TextInput(attrs={"dir": "auto"})
    )
    type = forms.ModelChoiceField(
        label=_("Kind"),
        queryset=AttachmentType.objects.all(),
        required=False,
        empty_label=_("Any file"),
    )


class TypeForm(forms.ModelForm):  # type: ignore[type-arg]  # no [] at run time
    """A kind of file in the administration: endings as people write them, sizes in megabytes."""

    endings = forms.CharField(
        label=_("Allowed extensions"),
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "pdf, docx, jpg", "dir": "ltr"}),
        help_text=_("With commas between them. Left empty, every file is taken."),
    )
    megabytes = forms.IntegerField(
        label=_("Largest size in MB"), min_value=1, max_value=100_000, initial=100
    )

    class Meta:
        model = AttachmentType
        fields = ["name", "description"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            self.initial["endings"] = ", ".join(sorted(self.instance.allowed))
            self.initial["megabytes"] = max(1, self.instance.max_size // MEGABYTE)

    def clean_endings(self) -> list[str]:
        words = self.cleaned_data["endings"].lower().replace(",", " ").split()
        endings = sorted({word.removeprefix("*").removeprefix(".") for word in words})
        wrong = [each for each in endings if extension_of(f"x.{each}") != each or not each]
        if wrong:
            raise forms.ValidationError(
                _("No file ends so: %(wrong)s. Write letters and digits alone, such as pdf.")
                % {"wrong": ", ".join(wrong)}
            )
        return endings

    def clean_megabytes(self) -> int:
        megabytes: int = self.cleaned_data["megabytes"]
        if megabytes * MEGABYTE > settings.MEDIA_MAX_BYTES:
            raise forms.ValidationError(
                _("No file here may be larger than %(most)s MB (MEDIA_MAX_BYTES).")
                % {"most": settings.MEDIA_MAX_BYTES // MEGABYTE}
            )
        return megabytes

    def save(self, commit: bool = True) -> Any:
        self.instance.extensions = self.cleaned_data["endings"]
        # An exact number of bytes that somebody set otherwise stays while nobody changes it.
        if "megabytes" in self.changed_data or self.instance.pk is None:
            self.instance.max_size = self.cleaned_data["megabytes"] * MEGABYTE
        return super().save(commit)
