"""Copies again what changed in the table in use since a moment."""

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction

from waha.lifecycle import portions
from waha.lifecycle.portions import Portion

CHUNK = 500


def copy_changed(portion: Portion, since: datetime, step: Callable[[], None]) -> int:
    """Copy rows changed at `since` or later whose copy is older or missing; returns how many."""
    if portion.nobody:
        return 0
    names = portions.columns(portion.shard)
    changed = portion.hot().filter(updated_at__gte=since)
    pks = sorted(changed.values_list("pk", flat=True))
    return copy_newer(portion, names, pks, step)


def copy_newer(
    portion: Portion, names: Sequence[str], pks: Sequence[int], step: Callable[[], None]
) -> int:
    """Copy those of these rows whose copy is older or missing; a newer copy is left alone."""
    copied = 0
    for start in range(0, len(pks), CHUNK):
        step()
        chunk = pks[start : start + CHUNK]
        hot = dict(portion.hot().filter(pk__in=chunk).values_list("pk", "updated_at"))
        there = dict(portion.archived().filter(pk__in=chunk).values_list("pk", "updated_at"))
        newer = [pk for pk, at in hot.items() if pk not in there or at > there[pk]]
        if newer:
            listed = ", ".join(map(str, sorted(newer)))
            with transaction.atomic(using=portion.shard):
                copied += portions.copy(portion, names, f"id IN ({listed})", [])
    return copied
