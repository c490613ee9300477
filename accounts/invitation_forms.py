"""Forms of invitations: to send one, and to take one."""

from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _

from accounts import grants
from accounts.models import User


class InviteForm(forms.Form):
    """Whom to invite; offers only the roles that whoever invites may give."""

    name = forms.CharField(
        label=_("Name"), max_length=255, widget=forms.TextInput(attrs={"dir": "auto"})
    )
    email = forms.EmailField(label=_("E-mail"), max_length=255)
    role = forms.ModelChoiceField(
        queryset=Group.objects.none(), label=_("Role"), required=False, empty_label=_("No role yet")
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role: Any = self.fields["role"]
        role.queryset = grants.roles_to_give(by)
        role.label_from_instance = lambda group: group.role.label

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip().lower()


class AcceptForm(forms.Form):
    """Name and password of somebody who was invited."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=255,
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 12 characters; three or four words that do not belong together."),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].initial = user.name
        self.user = user

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        password_validation.validate_password(password, self.user)
        return password
