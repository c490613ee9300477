"""The form of one's own account."""

import zoneinfo
from typing import Any

import phonenumbers
from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit import tracking


def time_zones() -> list[tuple[str, str]]:
    """Every place with a time of its own, and UTC."""
    areas = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe",
             "Indian", "Pacific")  # fmt: skip
    names = sorted(name for name in zoneinfo.available_timezones() if name.split("/")[0] in areas)
    return [
        ("", gettext("As the server: UTC")),
        *((name, name.replace("_", " ")) for name in names),
    ]


def languages() -> list[tuple[str, Any]]:
    """What the product speaks, and the browser's own choice."""
    return [("", gettext("As the browser asks")), *settings.LANGUAGES]


def e164(text: str) -> str:
    """`+493055504410` for a phone as people write it. Raises ValidationError."""
    try:
        parsed = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or not phonenumbers.is_possible_number(parsed):
        raise forms.ValidationError(
            _("Give the number with its country code, such as +49 30 5550 4410.")
        )
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]  # no [] at run time
    """What people change about themselves; nothing that decides what they may see."""

    phone = forms.CharField(
        label=_("Phone"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel", "dir": "ltr"}),
        help_text=_("For colleagues and administrators; kept encrypted."),
    )
    locale = forms.ChoiceField(label=_("Language"), required=False, choices=languages)
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False, choices=time_zones)

    class Meta:
        model = User
        fields = ["name", "locale", "time_zone"]
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"].initial = self.instance.encrypted_phone

    def clean_phone(self) -> str:
        text = str(self.cleaned_data["phone"]).strip()
        return e164(text) if text else ""

    def save(self, commit: bool = True) -> User:
        """Write the changed columns; the audit log says which, and hides the phone."""
        user: User = self.instance
        user.take_phone(self.cleaned_data["phone"])
        columns = ["name", "locale", "time_zone", "encrypted_phone", "phone_index", "updated_at"]
        with tracking.told_by(user):
            user.save(update_fields=columns)
        return user
