"""What is written down about a person beside their messages, for when they are erased."""

from typing import TYPE_CHECKING

from django.utils import timezone

from attachments import services
from attachments.models import Attachment
from crm.models import Contact, Instructor, Note, Record

if TYPE_CHECKING:
    from accounts.models import User


def around(contact: Contact) -> list[Record]:
    """The contact, who was merged into them, and the instructors that these are."""
    merged = list(Contact.objects.filter(merged_into=contact))
    people = [contact, *merged]
    return [*people, *Instructor.objects.filter(contact__in=people)]


def count(record: Record) -> int:
    """How many notes and files an erasure of the record would reach."""
    return Note.objects.of(record).count() + Attachment.objects.of(record).count()


def erase(record: Record, *, by: "User | None") -> int:
    """Delete notes and files, deleted ones too; an instructor keeps their row, nameless."""
    found = Note.objects.of(record).delete()[0]
    for attachment in Attachment.objects.of(record):
        services.remove(attachment, by=by)
        found += 1
    if isinstance(record, Instructor):
        Instructor.objects.filter(pk=record.pk).update(
            name="", email="", phone="", subjects="", archived_at=timezone.now()
        )
    return found
