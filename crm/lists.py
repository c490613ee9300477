"""Lists of records: filtered, sorted, a page at a time, whatever the number of rows."""

from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import QueryDict

from accounts.models import User
from crm import private, visibility
from crm.models import Company, Contact, ContactIdentity, IdentityKind, Record
from mercury.db import keyset
from mercury.ui import phones

PAGE_SIZE = 50
SHOWN = ("all", "mine", "archived")
SORTS = ("name", "changed")
LONGEST_SEARCH = 100
FEW = 5_000
"""So many visible rows are listed by their keys; more are met soon enough on the index."""


@dataclass(frozen=True, slots=True)
class ListFilters:
    """Which rows and in which order; anything else in the address counts as the default."""

    show: str = "all"
    sort: str = "name"
    q: str = ""
    company: int | None = None

    @classmethod
    def parse(cls, query: QueryDict) -> Self:
        show, sort, company = (query.get(key, "") for key in ("show", "sort", "company"))
        return cls(
            show=show if show in SHOWN else "all",
            sort=sort if sort in SORTS else "name",
            q=query.get("q", "").strip()[:LONGEST_SEARCH],
            company=int(company)
            if company.isascii() and company.isdigit() and len(company) < 19
            else None,
        )

    @property
    def query(self) -> str:
        """The part of the address that differs from the default, without its question mark."""
        parts = {
            "show": self.show if self.show != "all" else "",
            "sort": self.sort if self.sort != "name" else "",
            "q": self.q,
            "company": self.company,
        }
        return urlencode({name: value for name, value in parts.items() if value})

    @property
    def is_default(self) -> bool:
        return self == type(self)()


def page(
    model: type[Record], user: User, filters: ListFilters, after: str = ""
) -> keyset.Listed[Any]:
    """One page of the records `user` may see; 1 to 6 queries."""
    rows = _narrowed(model, user).filter(_wanted(model, user, filters))
    column, descending = "name", False
    if filters.show == "archived":
        column, descending = "archived_at", True
    elif filters.sort == "changed":
        column, descending = "updated_at", True
    # Not joined: where files are few, MySQL sorts a million contacts to join them by hash.
    related = ["picture", "company"] if model is Contact else ["picture"]
    return keyset.page_after(
        rows.prefetch_related(*related), column, after, PAGE_SIZE, descending=descending
    )


def phones_of(contacts: list[Contact]) -> dict[int, str]:
    """The first phone of each contact as the reader may see it; one query for all.

    Private ones stand on the contact's own page only.
    """
    if not contacts:
        return {}
    rows = ContactIdentity.objects.open().filter(
        contact_id__in=[contact.pk for contact in contacts], kind=IdentityKind.PHONE
    )
    found: dict[int, str] = {}
    for contact_id, value in rows.order_by("pk").values_list("contact_id", "value"):
        found.setdefault(contact_id, phones.phone(str(value)))
    return found


def _narrowed(model: type[Record], user: User) -> QuerySet[Any]:
    """What `user` may see, written so that a page of it is found without reading the rest."""
    rows: Any = model._default_manager
    few = None if visibility.sees_all(user) else _few(model, user)
    if few is not None:
        found: QuerySet[Any] = rows.filter(Q(created_by=user) | Q(pk__in=few))
        return found
    visible: QuerySet[Any] = rows.visible_to(user)
    return visible


def _few(model: type[Record], user: User) -> list[int] | None:
    """Keys of the records somebody sees through people, or None when they are too many."""
    contacts = visibility.few_contacts(user, FEW)
    if model is Contact or contacts is None:
        return contacts
    people = Contact.objects.filter(Q(created_by=user) | Q(pk__in=contacts)).order_by()
    through: QuerySet[Any, Any]
    if model is Company:
        through = people.filter(company_id__isnull=False).values_list("company_id", flat=True)
    else:
        # From the people on: by their keys alone MySQL walks the whole index of a million
        # instructors of whom most are nobody's (78 ms against 10, measured on 9.7).
        through = people.filter(instructors__isnull=False).values_list("instructors", flat=True)
    found = list(through.distinct()[: FEW + 1])
    return found if len(found) <= FEW else None


def _wanted(model: type[Record], user: User, filters: ListFilters) -> Q:
    wanted = Q(archived_at__isnull=filters.show != "archived")
    if filters.show == "mine":
        wanted &= Q(created_by=user)
    if filters.company is not None and model is Contact:
        wanted &= Q(company_id=filters.company)
    return wanted & _named(model, filters.q, user) if filters.q else wanted


def _named(model: type[Record], words: str, user: User) -> Q:
    """Records whose name, company or address holds `words`.

    For who may not see phones digits find nothing: the answers would tell the number, digit
    by digit. A private address is found only whole, by who may see it.
    """
    named = Q(name__icontains=words)
    digits = "".join(char for char in words if char.isdigit())
    only_digits = bool(digits) and not any(char.isalpha() for char in words)
    if digits and not phones.are_shown():
        return named if phones.may_ask(words) else Q(pk__in=[])
    if model is Contact:
        named |= Q(company__name__icontains=words)
        wanted = digits if only_digits else words.lower()
        if len(wanted) > 2:
            kinds = (IdentityKind.PHONE,) if only_digits else (IdentityKind.EMAIL,)
            found = ContactIdentity.objects.filter(kind__in=kinds, value__contains=wanted)
            named |= Q(pk__in=found.values("contact_id")) | private.found_by(words, user)
    return named
