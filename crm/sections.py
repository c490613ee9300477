"""The parts of a record's page: its own, and those that apps to the right add to it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise

from crm.models import Record

if TYPE_CHECKING:
    from accounts.models import User

Context = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Section:
    """A tab: `read(user, record)` gives the keys of its template, in a fixed number of queries."""

    key: str
    label: str | Promise
    icon: str
    template: str
    read: Callable[["User", Any], Context]
    models: tuple[type[Record], ...]
    order: int = 50


_sections: list[Section] = []


def register(section: Section) -> None:
    """Add a tab to the pages of its models."""
    _sections.append(section)


def of(record: Record) -> list[Section]:
    """The tabs of a record's page, in their order."""
    fitting = [section for section in _sections if isinstance(record, section.models)]
    return sorted(fitting, key=lambda section: section.order)


def chosen(record: Record, key: str) -> Section:
    """The tab an address asks for, else the first."""
    all_of_them = of(record)
    return next((each for each in all_of_them if each.key == key), all_of_them[0])
