"""What the audit log says about customers, in sentences, and who may read their values."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from audit import reading, sentences, tracking
from crm.models import Company, Contact, Instructor

PEOPLE: dict[str, sentences.Sentence] = {
    "contact.readdressed": _("{who} changed the phones and e-mail addresses of {record}"),
    "note.added": _("{who} wrote a note on {kind} {record}"),
    "note.deleted": _("{who} deleted a note on {kind} {record}"),
    "attachment.added": _("{who} added a file to {kind} {record}"),
    "attachment.moved": _("{who} moved a file to {kind} {record}"),
    "attachment.replaced": _("{who} replaced a file of {kind} {record}"),
    "attachment.renamed": _("{who} renamed a file of {kind} {record}"),
    "attachment.typed": _("{who} changed the kind of a file of {kind} {record}"),
    "attachment.restored": _("{who} brought a file of {kind} {record} back"),
    "attachment.freed": _("A file of {kind} {record} is clean after all, says the virus scan"),
    "attachment.removed": _("{who} removed a file of {kind} {record}"),
}
VERBS = ("added", "changed", "archived", "restored", "merged", "unmerged", "pictured", "deleted")


def register() -> None:
    """Have changes told, and teach the audit pages these sentences."""
    told_otherwise = ["archived_at", "merged_into", "picture", "created_by"]
    tracking.track(Company, leave_out=told_otherwise)
    # What could tell who a customer is stays out: an erasure cannot reach the audit log.
    tracking.track(Contact, leave_out=told_otherwise, hidden=["name"])
    tracking.track(Instructor, leave_out=told_otherwise, hidden=["email", "phone"])
    sentences.register_kinds(_("Customers"), [Company, Contact, Instructor], VERBS)
    sentences.register(_("Customers"), PEOPLE)
    models: tuple[Any, ...] = (Company, Contact, Instructor)
    for model in models:
        reading.show_to(model, model.objects.visible_to)
