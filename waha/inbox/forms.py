"""Forms of the inbox: a message, and a new chat."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from waha.inbox import stored_files
from waha.models import Level, WahaSession

LONGEST_TEXT = 65_536
MOST_FILES = 30
# What browsers send for <input type="datetime-local">.
DATETIME_LOCAL = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Any number of uploads; cleans to a list."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        files = data if isinstance(data, list | tuple) else [data] if data else []
        if len(files) > MOST_FILES:
            raise forms.ValidationError(
                ngettext(
                    "Send at most %(most)s file at once.",
                    "Send at most %(most)s files at once.",
                    MOST_FILES,
                )
                % {"most": MOST_FILES}
            )
        return [_checked(super(ManyFilesField, self).clean(file, initial)) for file in files]


def _checked(file: "UploadedFile[bytes]") -> "UploadedFile[bytes]":
    if (file.size or 0) > settings.MEDIA_MAX_BYTES:
        raise forms.ValidationError(
            gettext("%(name)s is larger than %(most)s. Send a smaller file.")
            % {"name": file.name, "most": filesizeformat(settings.MEDIA_MAX_BYTES)}
        )
    return file


class MessageForm(forms.Form):
    """What the composer sends: text, files, reply_to (a pk), client_token; now or later."""

    text = forms.CharField(required=False, max_length=LONGEST_TEXT, strip=True)
    # The composer's name for it; Form.files, the raw uploads, is set on instances.
    files = ManyFilesField(required=False)  # type: ignore[assignment]
    reply_to = forms.IntegerField(required=False, min_value=1)
    client_token = forms.UUIDField()
    later = forms.BooleanField(required=False)
    later_at = forms.DateTimeField(required=False, input_formats=DATETIME_LOCAL)
    unless_written = forms.BooleanField(required=False)

    def __init__(self, *args: Any, cut: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cut = cut
        """Why the form did not come whole."""

    def clean_client_token(self) -> str:
        return str(self.cleaned_data["client_token"])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if self.cut:  # fields behind the file are missing: the text alone is not what was meant
            self.errors.clear()
            raise forms.ValidationError(self.cut)
        if not self.errors and not values.get("text") and not values.get("files"):
            raise forms.ValidationError(_("Write something or attach a file first."))
        if values.get("later") and not values.get("later_at"):
            raise forms.ValidationError(_("Choose when it is to be sent."))
        return values

    @property
    def now(self) -> dict[str, Any]:
        """What is sent at once, as `sending.send` takes it."""
        names = ("text", "files", "reply_to", "client_token")
        return {name: self.cleaned_data[name] for name in names}

    @property
    def planned(self) -> dict[str, Any]:
        """What is sent later, as `sending.plan` takes it."""
        clean = self.cleaned_data
        when = {"send_at": clean["later_at"], "unless_written": clean["unless_written"]}
        return self.now | when


class StoredFilesForm(forms.Form):
    """Files of records to send, by their uuids, with one text and a token as the composer's."""

    text = forms.CharField(required=False, max_length=LONGEST_TEXT, strip=True)
    client_token = forms.UUIDField()

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        named = self.data.getlist("file") if hasattr(self.data, "getlist") else []
        values["files"] = stored_files.chosen(self.user, named)
        if not values["files"]:
            raise forms.ValidationError(_("Choose at least one file."))
        if len(named) > stored_files.MOST_AT_ONCE:
            raise forms.ValidationError(
                ngettext(
                    "Send at most %(most)s file at once.",
                    "Send at most %(most)s files at once.",
                    stored_files.MOST_AT_ONCE,
                )
                % {"most": stored_files.MOST_AT_ONCE}
            )
        return values

    @property
    def sending(self) -> dict[str, Any]:
        """What is sent, as `stored_files.send` takes it."""
        clean = self.cleaned_data
        token = str(clean["client_token"])
        return {"files": clean["files"], "text": clean["text"], "client_token": token}


class NewChatForm(forms.Form):
    """A number of ours and the phone to write to."""

    number = forms.ModelChoiceField(
        queryset=WahaSession.objects.none(), label=_("From"), empty_label=None
    )
    phone = forms.CharField(
        label=_("Phone"),
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off", "dir": "ltr"}),
        help_text=_("With the country code, such as +49 30 5550 4410."),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        number: Any = self.fields["number"]
        number.queryset = WahaSession.objects.visible_to(user, Level.REPLY).working()
