"""Which part of a chat is exported."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from waha.inbox.exports import Wanted
from waha.inbox.open_chat import Chat

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class ExportForm(forms.Form):
    """Days by the reader's own clock; left empty, from the first message until now."""

    first_day = forms.DateField(label=_("From"), required=False, widget=DAY)
    last_day = forms.DateField(label=_("Until"), required=False, widget=DAY)
    with_files = forms.BooleanField(
        label=_("With its files"),
        required=False,
        help_text=_("Photos, films, voice messages and documents, in the same ZIP."),
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = data.get("first_day"), data.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("This day is before the first one."))
        return data

    def wanted(self, chat: Chat) -> Wanted:
        """What the form asks for of a chat."""
        first, last = self.cleaned_data["first_day"], self.cleaned_data["last_day"]
        now = timezone.now()
        start = chat.first_at or now
        # A clock that runs ahead puts a message a little after now.
        end = now + timedelta(days=1)
        if first and first < end.date():
            start = max(start, timezone.make_aware(datetime.combine(first, time())))
        elif first:
            start = end
        if last and last < end.date():
            end = timezone.make_aware(datetime.combine(last + timedelta(days=1), time()))
        return Wanted(start, end, self.cleaned_data["with_files"])
