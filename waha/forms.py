"""Forms about numbers: of the administration's pages, and those that several pages have."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from mercury.db.models import SensitiveData
from waha.models import Level, RoleWaha, UserWaha, WahaServer, WahaSession
from waha.models.sharing import CODENAMES


class ServerForm(forms.ModelForm):  # type: ignore[type-arg]  # no [] at run time
    """A WAHA server; its API key goes in and never comes out."""

    api_key = forms.CharField(
        label=_("API key"),
        required=False,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off"}),
        help_text=_("Kept encrypted and never shown. Leave empty to keep the one there is."),
    )

    class Meta:
        model = WahaServer
        fields = ["name", "url", "accepts_new", "max_sessions"]

    def clean(self) -> dict[str, Any]:
        """The kept key goes to no other address than the one it was given for."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        moved = "url" in data and _origin(data["url"]) != _origin(self.instance.url)
        if moved and self.instance.secret_id is not None and not data.get("api_key"):
            self.add_error("api_key", _("Give the key of the new address."))
        return data

    def save(self, commit: bool = True) -> Any:
        if key := self.cleaned_data.get("api_key"):
            if self.instance.secret is None:
                self.instance.secret = SensitiveData.objects.seal({"api_key": key})
            else:
                self.instance.secret.fill({"api_key": key}).save()
        return super().save(commit)


class SessionForm(forms.ModelForm):  # type: ignore[type-arg]  # no [] at run time
    """A number; its owner changes by handing over."""

    class Meta:
        model = WahaSession
        fields = ["title", "user", "company", "seen_policy"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if owner := self.fields.get("user"):
            people = User.objects.get_queryset().filter(is_active=True)
            owner.queryset = people.order_by("name")  # type: ignore[attr-defined]  # a model field


class GrantForm(forms.ModelForm):  # type: ignore[type-arg]  # no [] at run time
    """A share of a number, its level in words instead of a permission's row."""

    level = forms.TypedChoiceField(label=_("may"), choices=Level.choices, coerce=int)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            self.initial["level"] = CODENAMES.get(self.instance.permission.codename, Level.VIEW)
            for name in ("user", "group"):
                if name in self.fields:
                    self.fields[name].disabled = True


class UserGrantForm(GrantForm):
    class Meta:
        model = UserWaha
        fields = ["user"]


class RoleGrantForm(GrantForm):
    class Meta:
        model = RoleWaha
        fields = ["group"]


class LabelForm(forms.Form):
    """A label: its name, and WhatsApp's number of its colour, empty to keep the one it has."""

    name = forms.CharField(required=False, max_length=1000)
    color = forms.IntegerField(required=False)

    def read(self) -> tuple[str, int | None]:
        """The name and colour, odd ones as none: `outbound.labels` says what is wrong with them."""
        self.is_valid()
        color = self.cleaned_data.get("color")
        if color is None and self.data.get("color"):
            color = -1
        return self.cleaned_data.get("name") or "", color


def _origin(url: str) -> tuple[str, str]:
    """Scheme, host and port of an address."""
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()
