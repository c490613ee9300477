"""What the pages of companies, contacts and instructors differ in."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.permissions import Can
from crm.forms import CompanyForm, ContactForm, InstructorForm, RecordForm
from crm.models import Company, Contact, Instructor, Record


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record; `space` is the namespace of its addresses."""

    space: str
    model: type[Record]
    form: type[RecordForm]
    add: Can
    change: Can
    icon: str
    title: str | Promise
    add_words: str | Promise
    find_words: str | Promise
    none_title: str | Promise
    none_text: str | Promise

    @property
    def name(self) -> str:
        """contact, company, instructor: names templates."""
        return str(self.model._meta.model_name)


CONTACTS = Kind(
    "contacts", Contact, ContactForm, Can.ADD_CONTACTS, Can.CHANGE_CONTACTS, "users",
    _("Contacts"), _("Add a contact"), _("Find by name, company, phone or e-mail"),
    _("No contacts yet"),
    _("Whoever writes to your numbers can be added from the chat; others are added here."),
)  # fmt: skip
COMPANIES = Kind(
    "companies", Company, CompanyForm, Can.ADD_COMPANIES, Can.CHANGE_COMPANIES, "building",
    _("Companies"), _("Add a company"), _("Find by name"),
    _("No companies yet"),
    _("A company gathers the people who work there, their chats, files and notes."),
)  # fmt: skip
INSTRUCTORS = Kind(
    "instructors", Instructor, InstructorForm, Can.ADD_INSTRUCTORS, Can.CHANGE_INSTRUCTORS,
    "school", _("Instructors"), _("Add an instructor"), _("Find by name"),
    _("No instructors yet"),
    _("Keep who teaches, what, and their certificates in one place."),
)  # fmt: skip
KINDS = (CONTACTS, COMPANIES, INSTRUCTORS)


def kind_of(record: Record) -> Kind:
    """The kind of a record."""
    return next(kind for kind in KINDS if isinstance(record, kind.model))
