"""What a record's page shows of this app: notes, files, people, history."""

from typing import Any

from django.utils.translation import gettext_lazy

from accounts.models import User
from attachments import panels
from audit import reading
from crm import sections
from crm.forms import NoteForm
from crm.lists import phones_of
from crm.models import Company, Contact, Instructor, Note, Record
from mercury.ui import phones

EVERY = (Company, Contact, Instructor)
MOST_NOTES = 50
MOST_PEOPLE = 50


def notes(user: User, record: Record) -> dict[str, Any]:
    """The newest notes and a form for one more."""
    found = Note.objects.of(record).select_related("created_by")
    return {"notes": list(found[:MOST_NOTES]), "note_form": NoteForm()}


def files(user: User, record: Record) -> dict[str, Any]:
    """The files on the record, and whether one may add some."""
    return panels.read(user, record)


def people(user: User, company: Company) -> dict[str, Any]:
    """Contacts of the company that the user may see, by name."""
    rows = Contact.objects.visible_to(user).filter(company=company).alive()
    found = list(rows.select_related("picture").order_by("name", "pk")[: MOST_PEOPLE + 1])
    numbers = phones_of(found)
    return {
        "people": [
            {
                "pk": contact.pk,
                "name": phones.name(str(contact)),
                "url": contact.get_absolute_url(),
                "picture_url": contact.picture_url,
                "phone": numbers.get(contact.pk, ""),
            }
            for contact in found[:MOST_PEOPLE]
        ],
        "has_more": len(found) > MOST_PEOPLE,
    }


def history(user: User, record: Record) -> dict[str, Any]:
    """What was done to the record, newest first, from the audit log."""
    return reading.history(record, user)


def register() -> None:
    """Put these tabs on the pages."""
    for key, label, icon, template, read, models, order in (
        ("notes", gettext_lazy("Notes"), "notes", "crm/_notes.html", notes, EVERY, 10),
        ("people", gettext_lazy("People"), "users", "crm/_people.html", people, (Company,), 20),
        ("files", gettext_lazy("Files"), "paperclip", "attachments/_files.html", files, EVERY, 60),
        ("history", gettext_lazy("History"), "history", "audit/_history.html", history, EVERY, 90),
    ):
        sections.register(sections.Section(key, label, icon, template, read, models, order))
