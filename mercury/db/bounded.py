"""Lists in the admin that never read a whole table, neither to count nor to sort it."""

from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import ForeignKey, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

LIMIT = 10_000
KEYS = {"pk", "-pk", "id", "-id"}


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # no [] at run time
    """Counts at most LIMIT rows; who looks for older ones searches or filters."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        if isinstance(rows, QuerySet):
            return int(rows.order_by()[:LIMIT].count())
        return len(rows)


class BoundedChangeList(ChangeList):
    """Reads what rows point at by queries of their own, one for each relation.

    Joined to a small table MySQL hashes it, loses the order of the index and sorts every row of
    the large one for the fifty of a page.
    """

    def apply_select_related(self, qs: QuerySet[Any]) -> QuerySet[Any]:
        """Load the foreign keys among the columns, and what `list_select_related` names."""
        named = self.list_select_related
        wanted = list(named) if isinstance(named, list | tuple) else []
        wanted += [
            field.name
            for field in self.lookup_opts.concrete_fields
            if isinstance(field, ForeignKey) and field.name in self.list_display
        ]
        return qs.prefetch_related(*dict.fromkeys(wanted)) if wanted else qs

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """Columns once each, then the key in their direction: an index is read one way.

        Django ends every order with `-pk`, also an order by name.
        """
        ordering = list(dict.fromkeys(super().get_ordering(request, queryset)))
        columns = [each for each in ordering if each not in KEYS]
        sign = "-" if _is_descending((columns or ordering)[-1]) else ""
        return [*columns, f"{sign}pk"]


def _is_descending(part: Any) -> bool:
    return part.startswith("-") if isinstance(part, str) else bool(getattr(part, "descending", 0))
