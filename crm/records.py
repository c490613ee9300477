"""What may be done to any record: companies, contacts and instructors alike."""

from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone

from audit import log, tracking
from crm.models import Company, Instructor, Note, Record

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def create(record: Record, *, by: "User") -> None:
    """Save a new company or instructor."""
    record.created_by = by
    with tracking.told_by(by):
        record.save(force_insert=True)


@transaction.atomic
def change(record: Record, *, fields: list[str], by: "User") -> None:
    """Save these fields of a record."""
    if not fields:
        return
    with tracking.told_by(by):
        record.save(update_fields=[*fields, "updated_at"])


@transaction.atomic
def archive(record: Record, *, by: "User") -> None:
    """Take a record off the lists; what hangs on it stays."""
    _set_archived(record, True, by)


@transaction.atomic
def restore(record: Record, *, by: "User") -> None:
    """Put an archived record back on the lists."""
    _set_archived(record, False, by)


def _set_archived(record: Record, archived: bool, by: "User") -> None:
    rows: Any = type(record)._default_manager
    touched = rows.filter(pk=record.pk, archived_at__isnull=archived).update(
        archived_at=timezone.now() if archived else None
    )
    if touched:
        word = "archived" if archived else "restored"
        log.record(_event(record, word), target=record, by=by)


def company_named(name: str, *, by: "User", may_add: bool) -> Company | None:
    """The visible company of that name, a new one if `by` may add some, else None."""
    visible = Company.objects.visible_to(by).alive()
    if found := visible.filter(name__iexact=name).order_by("pk").first():
        return found
    if not may_add:
        return None
    company = Company(name=name)
    create(company, by=by)
    return company


def instructors_of(contact_id: int) -> list[Instructor]:
    """The instructors that a contact is; of a contact that was read through `visible_to`."""
    return list(Instructor.objects.filter(contact_id=contact_id).alive().order_by("name"))


@transaction.atomic
def add_note(record: Record, *, text: str, by: "User") -> Note:
    """Write a note on a record."""
    note = Note.objects.create(
        model_type=ContentType.objects.get_for_model(record),
        model_id=record.pk,
        text=text,
        created_by=by,
    )
    log.record("note.added", target=record, by=by)
    return note


@transaction.atomic
def delete_note(note: Note, *, record: Record, by: "User") -> None:
    """Take a note off its record."""
    note.delete()
    log.record("note.deleted", target=record, by=by)


def _event(record: Record, word: str) -> str:
    return f"{record._meta.model_name}.{word}"
