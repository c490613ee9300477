"""Forms of what is sent beside text and files: a place, a contact, a poll."""

import re
import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from waha.inbox.forms import DATETIME_LOCAL
from waha.models import MessageType
from waha.outbound.chats import parse_phone
from waha.outbound.refusals import ChatRefused

MOST_OPTIONS = 12  # WhatsApp's own limit
LONGEST_OPTION = 100
# What map services put into the address bar and the clipboard: 52.5163, 13.3777 or @52.5,13.3
PAIR = re.compile(r"(-?\d{1,2}(?:\.\d+)?)\s*[,;]\s*(-?\d{1,3}(?:\.\d+)?)")


class CardForm(forms.Form):
    """A message that is no text; `extra` is what WahaMessage.extra holds of it."""

    kind: MessageType
    client_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    later_at = forms.DateTimeField(
        label=_("Send it later, at"),
        required=False,
        input_formats=DATETIME_LOCAL,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("Empty sends it now. Your own time zone counts."),
    )
    unless_written = forms.BooleanField(label=_("Not if the customer writes first"), required=False)
    field_order = (
        "place", "name", "phone", "question", "options", "many", "later_at", "unless_written",
    )  # fmt: skip

    def extra(self) -> dict[str, Any]:
        """What the message carries, from valid data."""
        raise NotImplementedError


class LocationForm(CardForm):
    """A place on the map."""

    kind = MessageType.LOCATION
    place = forms.CharField(
        label=_("Latitude and longitude, or a link to a map"),
        max_length=1000,
        help_text=_("Such as 52.5163, 13.3777: maps show it when you press on a place."),
    )
    name = forms.CharField(label=_("Name of the place"), max_length=255, required=False)

    def clean_place(self) -> tuple[float, float]:
        """Find the two figures, whatever stands around them."""
        found = PAIR.search(str(self.cleaned_data["place"]))
        if found is None:
            raise forms.ValidationError(
                _("No latitude and longitude in it. Write 52.5163, 13.3777.")
            )
        latitude, longitude = float(found[1]), float(found[2])
        if abs(latitude) > 90 or abs(longitude) > 180:
            raise forms.ValidationError(
                _("There is no such place: latitude goes to 90, longitude to 180.")
            )
        return latitude, longitude

    def extra(self) -> dict[str, Any]:
        latitude, longitude = self.cleaned_data["place"]
        name = self.cleaned_data["name"]
        return {"location": {"latitude": latitude, "longitude": longitude, "name": name}}


class ContactForm(CardForm):
    """Somebody's name and phone."""

    kind = MessageType.CONTACT
    name = forms.CharField(label=_("Name"), max_length=255)
    phone = forms.CharField(
        label=_("Phone"),
        max_length=40,
        help_text=_("With its country code, such as +44 7700 900123."),
        widget=forms.TextInput(attrs={"type": "tel", "dir": "ltr"}),
    )

    def clean_phone(self) -> str:
        """The phone in E.164 form."""
        try:
            return parse_phone(str(self.cleaned_data["phone"]), None)
        except ChatRefused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal

    def extra(self) -> dict[str, Any]:
        phone = self.cleaned_data["phone"]
        phones = [{"number": phone, "wa": phone.removeprefix("+")}]
        return {"contacts": [{"name": self.cleaned_data["name"], "phones": phones}]}


class PollForm(CardForm):
    """A question and its answers."""

    kind = MessageType.POLL
    question = forms.CharField(label=_("Question"), max_length=255)
    options = forms.CharField(
        label=_("Answers"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
        help_text=_("One in each line, from two to twelve."),
    )
    many = forms.BooleanField(label=_("One may choose several"), required=False)

    def clean_options(self) -> list[str]:
        """The lines with something in them, each once."""
        lines = [line.strip() for line in str(self.cleaned_data["options"]).splitlines()]
        options = list(dict.fromkeys(line for line in lines if line))
        if not 2 <= len(options) <= MOST_OPTIONS:
            raise forms.ValidationError(_("Give from two to twelve different answers."))
        if any(len(option) > LONGEST_OPTION for option in options):
            raise forms.ValidationError(_("An answer has at most 100 characters. Shorten it."))
        return options

    def extra(self) -> dict[str, Any]:
        data = self.cleaned_data
        poll = {"name": data["question"], "options": data["options"], "many": data["many"]}
        return {"poll": {**poll, "votes": {}}}
