"""Duplicates: found, made one, and taken apart again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from attachments.models import Attachment
from audit import log
from crm.models import (
    Company,
    Contact,
    ContactIdentity,
    IdentityKind,
    Instructor,
    Merge,
    Note,
    Record,
)
from mercury.ui import phones

if TYPE_CHECKING:
    from accounts.models import User

MOST = 5
Movable = Contact | Company


class MergeRefused(Exception):
    """Two records that cannot become one, or not be taken apart; the text is fit to show."""


@dataclass(frozen=True, slots=True)
class Belonging:
    """Rows that follow a record when it is merged: those whose `column` holds its key."""

    what: str
    model: type[models.Model]
    rows: Callable[[], Any]
    column: str


_belongings: list[Belonging] = []


def register(belonging: Belonging) -> None:
    """Let rows of another app follow a contact or company into what it is merged into."""
    _belongings.append(belonging)


def suggest(record: Record, user: "User") -> list[dict[str, Any]]:
    """Visible records that may be the same: of the same name, or with a phone's other form.

    At most 4 queries for a contact, 1 for a company.
    """
    if record.archived_at or not isinstance(record, Contact | Company):
        return []
    found = type(record).objects.visible_to(user).alive().exclude(pk=record.pk)
    name = record.name.strip()
    same = Q(name__iexact=name) if name else Q(pk__in=[])
    if isinstance(record, Contact):
        same |= Q(pk__in=_other_forms(record))
    return [
        {"pk": each.pk, "name": phones.name(str(each)), "url": each.get_absolute_url()}
        for each in found.filter(same).order_by("name", "pk")[:MOST]
    ]


def of(record: Record) -> list[Merge]:
    """What was merged into a record and may be taken apart again, newest first."""
    if not isinstance(record, Contact | Company):
        return []
    kind = ContentType.objects.get_for_model(record)
    rows = Merge.objects.filter(model_type=kind, kept_id=record.pk, undone_at__isnull=True)
    return list(rows.select_related("created_by")[:MOST])


@transaction.atomic
def merge(*, keep: Movable, other: Movable, by: "User") -> Merge:
    """Make `other` part of `keep`: what hangs on it moves, and it is archived.

    Both rows are locked by their keys' order, so that two merges at once wait for each other.
    Raises MergeRefused.
    """
    model = type(keep)
    pks = sorted({keep.pk, other.pk})
    rows: Any = model._default_manager
    locked = {row.pk: row for row in rows.select_for_update().filter(pk__in=pks).order_by("pk")}
    if len(pks) < 2 or type(other) is not model:
        raise MergeRefused(_("A record cannot be merged with itself. Choose another one."))
    keep, other = locked[keep.pk], locked[other.pk]
    if keep.archived_at or other.archived_at:
        raise MergeRefused(_("One of the two is archived. Put it back on the list first."))
    moved = {each.what: _move(each, other.pk, keep.pk) for each in _of(model)}
    filled = _fill(keep, other)
    rows.filter(pk=other.pk).update(archived_at=timezone.now(), merged_into=keep)
    done = Merge.objects.create(
        model_type=ContentType.objects.get_for_model(model),
        kept_id=keep.pk,
        merged_id=other.pk,
        moved={"rows": moved, "filled": filled},
        created_by=by,
    )
    log.record(f"{model._meta.model_name}.merged", target=keep, by=by, new={"merged": other.pk})
    return done


@transaction.atomic
def undo(done: Merge, *, by: "User") -> Movable:
    """Give back what moved and still lies where it was put; returns the record taken out again.

    Raises MergeRefused when it was undone already, or a record is gone.
    """
    taken = Merge.objects.filter(pk=done.pk, undone_at__isnull=True)
    if not taken.update(undone_at=timezone.now(), undone_by=by):
        raise MergeRefused(_("This merge is undone already."))
    model: Any = done.model_type.model_class()
    locked = {
        row.pk: row
        for row in model._default_manager.select_for_update()
        .filter(pk__in=[done.kept_id, done.merged_id])
        .order_by("pk")
    }
    if len(locked) < 2:
        raise MergeRefused(_("One of the two records is gone, so this cannot be undone."))
    for each in _of(model):
        keys = done.moved.get("rows", {}).get(each.what, [])
        _rows_at(each, done.kept_id).filter(pk__in=keys).update(**{each.column: done.merged_id})
    model._default_manager.filter(pk=done.merged_id).update(archived_at=None, merged_into=None)
    for column, value in done.moved.get("filled", {}).items():
        model._default_manager.filter(pk=done.kept_id, **{column: value}).update(**{column: None})
    name = f"{model._meta.model_name}.unmerged"
    log.record(name, target=locked[done.kept_id], by=by, new={"merged": done.merged_id})
    found: Movable = locked[done.merged_id]
    return found


def _of(model: type[models.Model]) -> list[Belonging]:
    own = [
        Belonging("notes", model, lambda: _on(Note, model), "model_id"),
        Belonging("files", model, lambda: _on(Attachment, model), "model_id"),
    ]
    if model is Contact:
        own += [
            Belonging("addresses", Contact, ContactIdentity.objects.all, "contact_id"),
            Belonging("instructors", Contact, Instructor.objects.all, "contact_id"),
        ]
    if model is Company:
        own.append(Belonging("people", Company, Contact.objects.all, "company_id"))
    return own + [each for each in _belongings if each.model is model]


def _on(table: Any, model: type[models.Model]) -> Any:
    return table.objects.filter(model_type=ContentType.objects.get_for_model(model))


def _rows_at(belonging: Belonging, pk: int) -> Any:
    return belonging.rows().filter(**{belonging.column: pk})


def _move(belonging: Belonging, source: int, target: int) -> list[int]:
    keys = list(_rows_at(belonging, source).order_by("pk").values_list("pk", flat=True))
    belonging.rows().filter(pk__in=keys).update(**{belonging.column: target})
    return keys


def _fill(keep: Movable, other: Movable) -> dict[str, int]:
    """Take over what `keep` lacks and `other` has; {column: key}, for the way back."""
    columns = ["picture_id", "company_id"] if isinstance(keep, Contact) else ["picture_id"]
    filled = {
        column: getattr(other, column)
        for column in columns
        if getattr(keep, column) is None and getattr(other, column) is not None
    }
    if filled:
        type(keep)._default_manager.filter(pk=keep.pk).update(**filled)
    return filled


def _other_forms(contact: Contact) -> list[int]:
    """Contacts that hold a phone of this one as a WhatsApp address, or the other way round."""
    forms = []
    for kind, value in contact.identities.open().values_list("kind", "value"):
        address = str(value)
        if kind == IdentityKind.PHONE:
            forms.append((IdentityKind.WA, f"{address.lstrip('+')}@c.us"))
        elif kind == IdentityKind.WA and address.endswith("@c.us"):
            forms.append((IdentityKind.PHONE, f"+{address.removesuffix('@c.us')}"))
    found = ContactIdentity.objects.exclude(contact_id=contact.pk).at(forms)
    return [row.contact_id for row in found.values()][:MOST]
