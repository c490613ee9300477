"""Keyset paging: constant work per page however deep it lies."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from django.core import signing
from django.db.models import Model, Q, QuerySet

Row = TypeVar("Row", bound=Model)

# Whole microseconds: a float would lose the last one and with it a row of the next page.
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list ordered by (time, id): opaque and signed in URLs."""

    at: datetime
    pk: int

    def __str__(self) -> str:
        microseconds = (self.at - EPOCH) // MICROSECOND
        return signing.Signer(salt="keyset").sign(f"{microseconds}.{self.pk}")

    @property
    def order(self) -> int:
        """One number for (time, id), so that a script sorts rows as the database does."""
        return ((self.at - EPOCH) // MICROSECOND << 64) | self.pk

    @classmethod
    def parse(cls, text: str) -> "Cursor | None":
        """The cursor, or None for anything that we did not make."""
        try:
            at, _, pk = signing.Signer(salt="keyset").unsign(text).partition(".")
            return cls(EPOCH + int(at) * MICROSECOND, int(pk))
        except (signing.BadSignature, ValueError, OverflowError):
            return None


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows in list order and the cursor of the next page, None at the end."""

    rows: list[Row]
    next: Cursor | None


def before(column: str, cursor: Cursor) -> Q:
    """Rows after `cursor` in a list ordered by (-column, -id).

    The OR form: MySQL scans the index for the row comparison `(a, b) < (x, y)` (18 ms against
    0.4 ms over 50,000 rows).
    """
    earlier: Q = Q(**{f"{column}__lt": cursor.at})
    same: Q = Q(**{column: cursor.at, "pk__lt": cursor.pk})
    # The plain range beside the OR lets the server prune partitions and bound the index.
    return Q(**{f"{column}__lte": cursor.at}) & (earlier | same)


def after(column: str, cursor: Cursor) -> Q:
    """Rows before `cursor` in a list ordered by (-column, -id): the newer ones."""
    later: Q = Q(**{f"{column}__gt": cursor.at})
    same: Q = Q(**{column: cursor.at, "pk__gt": cursor.pk})
    return Q(**{f"{column}__gte": cursor.at}) & (later | same)


def page(rows: QuerySet[Row], column: str, cursor: Cursor | None, size: int) -> Page[Row]:
    """One page, newest first; reads one row more than it shows and counts nothing."""
    if cursor is not None:
        rows = rows.filter(before(column, cursor))
    found: list[Any] = list(rows.order_by(f"-{column}", "-pk")[: size + 1])
    if len(found) <= size:
        return Page(found, None)
    last = found[size - 1]
    return Page(found[:size], Cursor(getattr(last, column), last.pk))


@dataclass(frozen=True, slots=True)
class Listed(Generic[Row]):
    """Rows in list order and where the next page begins: after this row; None at the end."""

    rows: list[Row]
    last: str | None


def page_after(
    rows: QuerySet[Row], column: str, last: str, size: int, *, descending: bool = False
) -> Listed[Row]:
    """One page by (column, id), whatever the column holds; `last` as the page before gave it.

    The address names a row and not its value: values are names of customers. What the row says
    now is looked up, one query more on all pages but the first.
    """
    if last and (place := _place(rows, column, last)) is not None:
        pk, value = place
        beyond, on = ("lt", "lte") if descending else ("gt", "gte")
        passed: Q = Q(**{f"{column}__{beyond}": value})
        same: Q = Q(**{column: value, f"pk__{beyond}": pk})
        rows = rows.filter(Q(**{f"{column}__{on}": value}) & (passed | same))
    sign = "-" if descending else ""
    found: list[Any] = list(rows.order_by(f"{sign}{column}", f"{sign}pk")[: size + 1])
    if len(found) <= size:
        return Listed(found, None)
    return Listed(found[:size], signing.Signer(salt="keyset").sign(str(found[size - 1].pk)))


def _place(rows: QuerySet[Any], column: str, last: str) -> tuple[int, Any] | None:
    """The row an address names and what it holds in that column, None for what is not ours."""
    try:
        pk = int(signing.Signer(salt="keyset").unsign(last))
    except (signing.BadSignature, ValueError):
        return None
    everything = rows.model._default_manager.filter(pk=pk)
    value = everything.values_list(column, flat=True).first()
    return None if value is None else (pk, value)


def chunks(rows: QuerySet[Row], size: int) -> Iterator[list[Row]]:
    """All rows by rising key, `size` at a time, each chunk a query of its own.

    No OFFSET, so the last chunk costs what the first did; rows may be changed or deleted
    between two chunks without another one being left out.
    """
    rows = rows.order_by("pk")
    chunk: list[Row] = list(rows[:size])
    while chunk:
        yield chunk
        chunk = list(rows.filter(pk__gt=chunk[-1].pk)[:size]) if len(chunk) == size else []
