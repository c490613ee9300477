"""Bulk changes that are written down row by row, at two queries more whatever their number."""

from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet

from audit import log, masking
from audit.models import NOUNS

Row = TypeVar("Row", bound=Model)


@transaction.atomic
def update(
    rows: QuerySet[Row], *, by: Model | None = None, event: str = "", **values: Any
) -> list[Row]:
    """Set `values` on all rows and write down each that changed; returns those, locked.

    The event is called after the records, such as `company.changed`, unless said otherwise.
    """
    model = rows.model
    found = [row for row in rows.select_for_update() if _differs(row, values)]
    if not found:
        return []
    model._default_manager.filter(pk__in=[row.pk for row in found]).update(**values)
    noun = model._meta.model_name or ""
    shown = {name: _plain(name, value) for name, value in values.items()}
    log.record_many(
        event or f"{NOUNS.get(noun, noun)}.changed",
        found,
        by=by,
        old={row.pk: {name: _plain(name, getattr(row, name)) for name in values} for row in found},
        new=shown,
    )
    return found


def _differs(row: Model, values: dict[str, Any]) -> bool:
    return any(getattr(row, name) != value for name, value in values.items())


def _plain(name: str, value: Any) -> Any:
    """A value as JSON takes it: records by their key, times as text."""
    if masking.is_secret_name(name):
        return masking.HIDDEN
    if isinstance(value, Model):
        return value.pk
    return value if isinstance(value, str | int | float | bool | None) else str(value)
