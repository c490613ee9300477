"""Forms of companies, contacts, instructors and notes."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import Can
from crm import addresses, contacts, private, records
from crm.contacts import AddressTaken
from crm.models import Company, Contact, IdentityKind, Instructor, Record
from mercury.ui import phones


class RecordForm(forms.ModelForm):  # type: ignore[type-arg]  # no [] at run time
    """A record as `user` makes or changes it; `store` writes it down."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.label_suffix = ""
        if phones.name(self.instance.name) != self.instance.name:
            del self.fields["name"]  # a phone whoever asks may not see: it stays as it is

    def store(self) -> Record:
        """Save through the services. Raises nothing: call it on a valid form."""
        record: Record = self.instance
        if record.pk is None:
            records.create(record, by=self.user)
        else:
            records.change(record, fields=list(self.changed_data), by=self.user)
        return record


class CompanyForm(RecordForm):
    class Meta:
        model = Company
        fields = ("name", "website")


class InstructorForm(RecordForm):
    class Meta:
        model = Instructor
        fields = ("name", "subjects", "email", "phone")
        help_texts = {"subjects": _("Such as: Python for beginners, forklift licence.")}
        widgets = {
            "phone": forms.TextInput(attrs={"type": "tel", "dir": "ltr"}),
            "email": forms.EmailInput,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not phones.are_shown():
            del self.fields["phone"]

    def clean_email(self) -> str:
        typed = self.cleaned_data["email"]
        return addresses.parse_email(typed) if typed else ""

    def clean_phone(self) -> str:
        typed = self.cleaned_data["phone"]
        return addresses.parse_phone(typed) if typed else ""


class ContactForm(RecordForm):
    """A person with company and addresses; the company is found by its name, or made."""

    company_name = forms.CharField(
        label=_("Company"),
        max_length=255,
        required=False,
        widget=forms.TextInput(attrs={"list": "companies", "autocomplete": "off", "dir": "auto"}),
    )
    phones = forms.CharField(
        label=_("Phones"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2, "inputmode": "tel", "dir": "ltr"}),
        help_text=_("One on each line, with its country code: +44 7700 900123."),
    )
    emails = forms.CharField(
        label=_("E-mail addresses"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 2, "inputmode": "email", "dir": "ltr"}),
        help_text=_("One on each line."),
    )
    private = forms.CharField(
        label=_("Private phones and e-mail addresses"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "ltr"}),
        help_text=_(
            "One on each line. They are kept encrypted, no search finds a part of them, and only "
            "people with the permission for it see them. A chat on WhatsApp still shows its number."
        ),
    )

    class Meta:
        model = Contact
        fields = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "name" in self.fields:
            self.fields["name"].required = True
        self.taken_by: Contact | None = None
        if not phones.are_shown():
            del self.fields["phones"]
        hidden = contacts.private_of(self.instance) if self.instance.pk else []
        is_readable = all(each.value for each in hidden)
        if not (private.may_see(self.user) and phones.are_shown() and is_readable):
            del self.fields["private"]
        if self.instance.pk is None:
            return
        self.initial.setdefault("private", "\n".join(str(each.value) for each in hidden))
        known = contacts.addresses_of(self.instance)
        self.initial.setdefault("company_name", str(self.instance.company or ""))
        for name, kind in (("phones", IdentityKind.PHONE), ("emails", IdentityKind.EMAIL)):
            self.initial.setdefault(name, "\n".join(value for k, value in known if k == kind))

    def clean_phones(self) -> list[str]:
        return [
            addresses.parse_phone(line) for line in addresses.lines_of(self.cleaned_data["phones"])
        ]

    def clean_emails(self) -> list[str]:
        return [
            addresses.parse_email(line) for line in addresses.lines_of(self.cleaned_data["emails"])
        ]

    def clean_private(self) -> list[tuple[IdentityKind, str]]:
        return [
            (IdentityKind.EMAIL, addresses.parse_email(line))
            if "@" in line
            else (IdentityKind.PHONE, addresses.parse_phone(line))
            for line in addresses.lines_of(self.cleaned_data["private"])
        ]

    def clean_company_name(self) -> str:
        name = str(self.cleaned_data["company_name"]).strip()
        kept = self.instance.company
        if not name or (kept and name in {kept.name, str(kept)}):  # str: masked, if it is a phone
            return kept.name if name and kept else name
        may_add = self.user.has_perm(Can.ADD_COMPANIES)
        if not may_add and not records.company_named(name, by=self.user, may_add=False):
            raise ValidationError(
                _("There is no company of this name. Choose one from the list, or leave it empty.")
            )
        return name

    def store(self) -> Contact:
        """Save contact, company and addresses. Raises AddressTaken, and nothing is saved then."""
        wanted = [(IdentityKind.EMAIL, value) for value in self.cleaned_data["emails"]]
        if "phones" in self.fields:
            wanted += [(IdentityKind.PHONE, value) for value in self.cleaned_data["phones"]]
        else:  # whoever may not see phones keeps those that are there
            known = contacts.addresses_of(self.instance) if self.instance.pk else []
            wanted += [each for each in known if each[0] == IdentityKind.PHONE]
        hidden = self.cleaned_data.get("private")
        name = self.cleaned_data.get("name", self.instance.name)
        company = self._company()
        if self.instance.pk is None:
            return contacts.create(
                name=name, company=company, addresses=wanted, private=hidden or (), by=self.user
            )
        contact = Contact.objects.select_related("company").get(pk=self.instance.pk)
        contacts.change(
            contact, name=name, company=company, addresses=wanted, private=hidden, by=self.user
        )
        return contact

    def _company(self) -> Company | None:
        name = self.cleaned_data["company_name"]
        kept = self.instance.company
        if not name or (kept and kept.name == name):
            return kept if name else None
        return records.company_named(name, by=self.user, may_add=True)


class NoteForm(forms.Form):
    """What somebody wants to write down."""

    text = forms.CharField(
        label=_("Note"),
        max_length=10_000,
        widget=forms.Textarea(
            attrs={"rows": 3, "dir": "auto", "placeholder": _("Write down what others should know")}
        ),
    )


def store(form: RecordForm) -> Record | None:
    """Save a valid form; None when an address was taken, which stands in the form then."""
    try:
        with transaction.atomic():  # a company made on the way goes with it
            return form.store()
    except AddressTaken as taken:
        form.add_error(None, str(taken))
        return None
