"""Forms of users and roles in the administration."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import grants
from accounts.models import Permission, Role, User
from accounts.permissions import NOT_YET, TOPICS, Can
from accounts.profile_forms import languages, time_zones


class UserAddForm(AdminUserCreationForm):  # type: ignore[type-arg]  # no [] at run time
    """A new user; without a password they set their own by "forgot password"."""

    class Meta:
        model = User
        fields = ["name", "email"]

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).strip().lower()
        if User.objects.get_queryset().by_email(email).exists():
            raise forms.ValidationError(_("There is already a user with this e-mail."))
        return email


class UserForm(UserChangeForm):  # type: ignore[type-arg]  # no [] at run time
    """A user; nobody who owns numbers is deactivated."""

    locale = forms.ChoiceField(label=_("Language"), required=False, choices=languages)
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False, choices=time_zones)

    class Meta:
        model = User
        # Named one by one: whatever a user gets next is not in a form by itself.
        fields = [
            "name", "email", "password", "encrypted_phone", "locale", "time_zone", "is_active",
            "is_staff", "is_superuser",
        ]  # fmt: skip

    def clean_is_active(self) -> bool:
        active = bool(self.cleaned_data["is_active"])
        # waha lies to the right of this app; its reverse relation is there all the same.
        owned = getattr(self.instance, "owned_sessions", None)
        if not active and self.instance.is_active and owned is not None and owned.exists():
            names = ", ".join(str(session) for session in owned.all())
            raise forms.ValidationError(
                _("Hand over these numbers to somebody else first: %(names)s.") % {"names": names}
            )
        return active


class GrantForm(forms.ModelForm):  # type: ignore[type-arg]  # no [] at run time
    """A role or permission of somebody; one they have is shown and can only be taken."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in {"group", "permission"} & set(self.fields):
            field: Any = self.fields[name]
            if self.instance.pk is not None:
                field.disabled = True
                # Their own choice: what they have may be more than who looks may give.
                field.queryset = field.queryset.model.objects.filter(
                    pk=getattr(self.instance, f"{name}_id")
                )
                field.empty_label = None


class PermissionGrid(forms.CheckboxSelectMultiple):
    """Permissions topic by topic; those that may not be given are shown and cannot be ticked."""

    template_name = "admin/widgets/permission_grid.html"
    allowed: frozenset[str] = frozenset()

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if str(value) not in self.allowed:
            option["attrs"]["disabled"] = True
        return option


class RoleForm(forms.ModelForm):  # type: ignore[type-arg]  # no [] at run time
    """A role with its permissions as a grid of the catalogue, topic by topic."""

    granted = forms.MultipleChoiceField(
        label=_("What it allows"), required=False, widget=PermissionGrid
    )
    # Set by the admin: who fills the form in.
    giver: User

    class Meta:
        model = Role
        fields = ["name", "guard_name", "description"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.allowed = {str(each.pk) for each in grants.permissions_to_give(self.giver)}
        grid = self.fields.get("granted")
        if isinstance(grid, forms.MultipleChoiceField):
            grid.choices = topics()
            grid.initial = sorted(self.before)
            grid.widget.allowed = frozenset(self.allowed)

    @cached_property
    def before(self) -> set[str]:
        """Primary keys, as text, of the catalogue's permissions that the role has."""
        if self.instance.pk is None:
            return set()
        catalogued = self.instance.group.permissions.filter(catalogued__isnull=False)
        return {str(pk) for pk in catalogued.values_list("pk", flat=True)}

    def clean_guard_name(self) -> str:
        guard = str(self.cleaned_data["guard_name"])
        changed = self.instance.pk is not None and guard != self.initial.get("guard_name")
        if changed and self.before - self.allowed:
            raise forms.ValidationError(
                _("This role holds more than you do, so you cannot change what it counts for.")
            )
        return guard

    def clean_granted(self) -> list[str]:
        chosen = set(self.cleaned_data["granted"])
        if chosen - self.before - self.allowed:
            raise forms.ValidationError(
                _("You can only give or take permissions that you have yourself.")
            )
        # A browser does not send what it may not change.
        return sorted(chosen | (self.before - self.allowed))


def topics() -> list[tuple[str, list[tuple[str, str]]]]:
    """The catalogue for a grid: topics in the order people read them, each with its permissions."""
    known = {each.name: each for each in Permission.objects.all()}
    return [
        (
            str(topic.title),
            [
                (str(known[can].pk), _words(can, words))
                for can, words in topic.words.items()
                if can in known
            ],
        )
        for topic in TOPICS
    ]


def _words(can: Can, words: str | Promise) -> str:
    return (
        gettext("%(words)s (no page asks for it yet)") % {"words": words}
        if can in NOT_YET
        else str(words)
    )
