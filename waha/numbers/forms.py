"""Forms of numbers."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from waha.models import WahaSession


class NumberForm(forms.Form):
    """A new number: what people call it, and its short name in addresses."""

    title = forms.CharField(
        label=_("Title"),
        max_length=255,
        help_text=_("What colleagues see, such as Sales · Berlin."),
    )
    name = forms.CharField(
        label=_("Short name"),
        max_length=54,  # WAHA's limit
        required=False,
        validators=[
            RegexValidator(
                r"^[a-z0-9][a-z0-9_-]*$",
                _("Use small letters, digits, - and _, and begin with a letter or digit."),
            )
        ],
        help_text=_("Stands in addresses and cannot be changed. Made from the title when empty."),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if self.errors:
            return values
        name = values.get("name") or slugify(values["title"])[:54]
        if not name:
            self.add_error("name", _("Give a short name: the title has no letters a to z."))
        elif WahaSession.objects.filter(name=name).exists():
            self.add_error("name", _("There is already a number with this short name."))
        values["name"] = name
        return values
