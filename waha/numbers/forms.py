"""Forms of numbers."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from waha import hookup, viewers
from waha.models import Level, WahaPace, WahaSession
from waha.outbound import declining

# How far back, in days.
OLDER = [
    (0, _("None: begin with what comes from now on")),
    (30, _("the last 30 days")),
    (90, _("the last 3 months")),
    (365, _("the last year")),
    (6205, _("everything there is")),
]


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

    import_days = forms.TypedChoiceField(
        label=_("Older chats"),
        choices=OLDER,
        coerce=int,
        empty_value=90,  # type: ignore[arg-type]  # given back as it is; the stubs know str alone
        initial=90,
        required=False,
        help_text=_("Fetched once the phone is paired, as far as WhatsApp gives them."),
    )

    def made(self) -> dict[str, Any]:
        """Return what `sessions.create_session` takes."""
        values = dict(self.cleaned_data)
        config = {"import_days": values.pop("import_days")}
        return {**values, "config": config}


class CodeForm(forms.Form):
    """The phone that is to be paired by a code."""

    phone = forms.CharField(
        label=_("Phone number of this WhatsApp"),
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "tel", "dir": "ltr", "placeholder": "+44 …"}),
    )

    def clean_phone(self) -> str:
        """Return digits alone, country code first."""
        digits = "".join(filter(str.isdigit, self.cleaned_data["phone"]))
        if not 8 <= len(digits) <= 15 or digits.startswith("0"):
            raise forms.ValidationError(
                _("Give the whole number with its country code, such as +49 170 1234567.")
            )
        return digits


class OlderForm(forms.Form):
    """How far back older chats are fetched."""

    days = forms.TypedChoiceField(
        label=_("From"),
        choices=OLDER[1:],
        coerce=int,
        initial=90,
        widget=forms.Select(attrs={"class": "input"}),
    )


class IntakeForm(forms.Form):
    """What comes in on a number beside direct chats."""

    groups = forms.BooleanField(label=_("Groups"), required=False)
    channels = forms.BooleanField(
        label=_("Channels"), required=False, help_text=_("What the account follows.")
    )
    status = forms.BooleanField(
        label=_("Status posts"),
        required=False,
        help_text=_("What contacts post for a day; often far more than messages."),
    )
    broadcast = forms.BooleanField(label=_("Broadcast lists"), required=False)

    @classmethod
    def read(cls, session: WahaSession) -> dict[str, bool]:
        """Return what comes in now."""
        return {kind: not left_out for kind, left_out in hookup.ignored(session).items()}

    def ignored(self) -> dict[str, bool]:
        """Return what WAHA is to leave out."""
        return {kind: not self.cleaned_data[kind] for kind in hookup.IGNORED}


class WhomForm(forms.Form):
    """A user or a role as one choice: `user-7`, `role-3`."""

    whom: forms.Field = forms.CharField(max_length=30)
    target: dict[str, Any]
    name: str

    def clean_whom(self) -> str:
        """Find who is meant; `target` is then what `sharing` takes, `name` what people read."""
        whom = str(self.cleaned_data["whom"])
        kind, _dash, pk = whom.partition("-")
        found: User | Role | None = None
        if pk.isdecimal() and kind == "user":
            found = User.objects.filter(pk=int(pk)).first()
        elif pk.isdecimal() and kind == "role":
            found = Role.objects.select_related("group").filter(pk=int(pk)).first()
        if found is None:
            raise forms.ValidationError(_("Choose a person or a role."))
        self.target, self.name = {kind: found}, str(found)
        return whom


class ShareForm(WhomForm):
    """Whom to share a number with, and how far."""

    whom = forms.ChoiceField(label=_("With"))
    level = forms.TypedChoiceField(
        label=_("What they may do"),
        choices=[(level.value, words) for level, words in viewers.MAY.items()],
        coerce=int,
        initial=Level.REPLY.value,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.get_queryset().filter(is_active=True).order_by("name", "email")
        whom: Any = self.fields["whom"]
        whom.choices = [
            ("", _("Choose a person or a role")),
            (_("People"), [(f"user-{user.pk}", f"{user.name} · {user.email}") for user in people]),
            (_("Everybody with a role"), [(f"role-{role.pk}", role.label) for role in _roles()]),
        ]


class CallsForm(forms.Form):
    """Whether a number takes calls."""

    declines = forms.BooleanField(
        label=_("Decline every call at once"),
        required=False,
        help_text=_("Nobody's phone rings for long. The call still stands in the log."),
    )
    reply = forms.CharField(
        label=_("Then write to the caller"),
        max_length=declining.MAX_REPLY,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=_("At most once an hour to the same person. Empty: nothing is written."),
    )


class HandOverForm(forms.Form):
    """Who is to own a number."""

    heir = forms.ModelChoiceField(
        label=_("New owner"),
        queryset=User.objects.get_queryset().filter(is_active=True).order_by("name", "email"),
        empty_label=_("Choose a person"),
    )


def _roles() -> list[Role]:
    return list(Role.objects.order_by("guard_name", "name"))


class PaceForm(forms.Form):
    """How fast a number sends."""

    typing = forms.BooleanField(
        label=_("Show “typing…” before a message"),
        required=False,
        help_text=_("For up to two and a half seconds, by the length of the message."),
    )
    gap_seconds = forms.DecimalField(
        label=_("Seconds between two messages"), min_value=0, max_value=60, decimal_places=1
    )
    cold_gap_seconds = forms.IntegerField(
        label=_("Seconds between two first messages"),
        min_value=0,
        max_value=3600,
        help_text=_("A first message goes to somebody this number has never written with."),
    )
    cold_a_day = forms.IntegerField(
        label=_("First messages in 24 hours"),
        min_value=0,
        max_value=10_000,
        help_text=_("WhatsApp locks numbers that write to many strangers. Answers do not count."),
    )

    @classmethod
    def of(cls, pace: WahaPace) -> "PaceForm":
        """The form as a number is set now."""
        return cls(
            initial={
                "typing": pace.typing,
                "gap_seconds": Decimal(pace.gap_ms) / 1000,
                "cold_gap_seconds": pace.cold_gap_seconds,
                "cold_a_day": pace.cold_a_day,
            }
        )

    @property
    def values(self) -> dict[str, int | bool]:
        """What `pacing.set_pace` takes."""
        clean = self.cleaned_data
        return {
            "typing": clean["typing"],
            "gap_ms": int(clean["gap_seconds"] * 1000),
            "cold_gap_seconds": clean["cold_gap_seconds"],
            "cold_a_day": clean["cold_a_day"],
        }
