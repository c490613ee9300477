"""What lists and pages show of a record: words ready to read, phones masked where they must be."""

from typing import Any

from accounts.models import User
from crm import contacts, private, records
from crm.lists import phones_of
from crm.models import Company, Contact, IdentityKind, Instructor, Record
from mercury.ui import phones


def rows(found: list[Any]) -> list[dict[str, Any]]:
    """Rows of a list; 1 query for contacts, none for others."""
    people = [record for record in found if isinstance(record, Contact)]
    numbers = phones_of(people)
    return [_row(record, numbers.get(record.pk, "")) for record in found]


def _row(record: Record, phone: str) -> dict[str, Any]:
    company = record.company if isinstance(record, Contact) else None
    if isinstance(record, Instructor):
        phone = phones.phone(record.phone) if record.phone else ""
    return {
        "pk": record.pk,
        "name": phones.name(str(record)),
        "url": record.get_absolute_url(),
        "picture_url": record.picture_url,
        "company": str(company) if company else "",
        "company_url": company.get_absolute_url() if company else "",
        "phone": phone,
        "website": getattr(record, "website", ""),
        "subjects": getattr(record, "subjects", ""),
        "email": getattr(record, "email", ""),
        "changed_at": record.updated_at,
        "archived_at": record.archived_at,
    }


def card(record: Any, user: User) -> dict[str, Any]:
    """The head and the details of one record; at most 2 queries."""
    shown = {**_row(record, ""), "created_at": record.created_at}
    shown["by"] = str(record.created_by) if record.created_by else ""
    merged = getattr(record, "merged_into", None)
    shown["merged_url"] = merged.get_absolute_url() if merged else ""
    shown["phones"], shown["emails"], shown["teaches_as"] = [], [], []
    shown["private"], shown["may_write"] = [], False
    shown["contact_url"], shown["contact_name"] = "", ""
    if isinstance(record, Contact):
        shown |= _addresses(record, user)
        shown["teaches_as"] = records.instructors_of(record.pk)
    if isinstance(record, Instructor):
        shown["phones"] = [shown["phone"]] if shown["phone"] else []
        shown["emails"] = [record.email] if record.email else []
        if record.contact and Contact.objects.visible_to(user).filter(instructors=record).exists():
            shown["contact_url"] = record.contact.get_absolute_url()
            shown["contact_name"] = phones.name(str(record.contact))
    return shown


def _addresses(contact: Contact, user: User) -> dict[str, Any]:
    """Phones and e-mail addresses; a private one's `text` is "" for who may not see it, or while
    its key is lost. 1 query.
    """
    known = contacts.typed_of(contact)
    may_see = private.may_see(user)
    hidden = [each for each in known if each.is_private]
    clear = [each for each in known if not each.is_private]
    numbers = [_written(each) for each in clear if each.kind == IdentityKind.PHONE]
    writable = [*numbers, *(each for each in hidden if each.kind == IdentityKind.PHONE and may_see)]
    return {
        "phones": numbers,
        "emails": [each.value for each in clear if each.kind == IdentityKind.EMAIL],
        "private": [
            {"kind": each.kind, "is_hidden": not may_see, "text": _written(each) if may_see else ""}
            for each in hidden
        ],
        "may_write": bool(writable) and (bool(numbers) or phones.are_shown()),
    }


def _written(held: private.Held) -> str:
    value = held.value or ""
    return phones.phone(value) if value and held.kind == IdentityKind.PHONE else value


def names_like(user: User, words: str) -> list[str]:
    """Names of visible companies that begin with `words`, for a field that offers some."""
    if not words.strip() or not phones.may_ask(words):
        return []
    found = Company.objects.visible_to(user).alive().filter(name__istartswith=words.strip()[:100])
    names = found.order_by("name").values_list("name", flat=True)[:12]
    # A masked name could be chosen but would name no company.
    return [name for name in names if phones.name(name) == name]
