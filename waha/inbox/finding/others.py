"""What is found beside messages, by name: chats, contacts, companies, instructors, files, calls."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.apps import apps
from django.db import connections, router
from django.db.models import Prefetch, Q, QuerySet
from django.urls import reverse

from accounts.models import User
from crm import private
from crm.models import Company, Contact, ContactIdentity, IdentityKind
from mercury.ui import faces, phones
from waha.inbox import names
from waha.inbox.finding import record_files
from waha.inbox.finding.marks import Piece
from waha.inbox.finding.rows import Named, Row
from waha.inbox.numbers import Number
from waha.models import WahaCall, WahaChat, WahaChatAddress
from waha.search import budget
from waha.search.query import Query

FILES = "files"
SECONDS = 0.6
"""What one query among names may take: no index finds the middle of a word."""


@dataclass(frozen=True, slots=True)
class Group:
    """What was found of one kind; `has_more` when not all of it is shown.

    `is_cut` when there was no time to look through all of that kind; then nothing is shown.
    """

    kind: str
    rows: list[Row]
    has_more: bool = False
    is_cut: bool = False


Finder = Callable[[User, Named, Sequence[Number], int], list[Row]]


def find(
    user: User, query: Query, numbers: Sequence[Number], *, size: int, only: str = ""
) -> list[Group]:
    """Groups that hold something, in the order of FINDERS; one or two queries for each."""
    named = Named.of(query)
    if named is None:
        return []
    groups = [
        _group(kind, partial(finder, user, named, numbers, size + 1), size)
        for kind, finder in FINDERS.items()
        if only in ("", kind)
    ]
    return [group for group in groups if group.rows or group.is_cut]


def _group(kind: str, read: Callable[[], list[Row]], size: int) -> Group:
    connection = connections[router.db_for_read(WahaChat)]
    try:
        with budget.each_query(connection, SECONDS):
            rows = read()
    except budget.OutOfTime:
        return Group(kind, [], is_cut=True)
    return Group(kind, rows[:size], len(rows) > size)


def chats(user: User, named: Named, numbers: Sequence[Number], most: int) -> list[Row]:
    """Chats by their name, their contact's, or any part of their phone."""
    by_pk = {number.pk: number for number in numbers}
    wanted = named.q("name", "contact__name")
    if named.digits:
        wanted |= phoned("chat_id", named) | Q(pk__in=_phoned_chats(named, by_pk))
    rows = WahaChat.objects.visible_to(user).filter(wanted, last_message_at__isnull=False)
    columns = "pk", "session_id", "chat_id", "name", "kind", "contact__name", "last_message_at"
    newest = list(rows.order_by("-last_message_at", "-pk").values(*columns)[:most])
    others = _other_phones([row["pk"] for row in newest]) if named.digits else {}
    return [
        _chat(row, named, by_pk, others.get(row["pk"], ""))
        for row in newest
        if row["session_id"] in by_pk
    ]


def phoned(column: str, named: Named) -> Q:
    """Addresses that are a phone and hold the digits; those of groups and LIDs are none."""
    is_phone = Q()
    for host in names.PHONE_HOSTS:
        is_phone |= Q(**{f"{column}__endswith": f"@{host}"})
    return Q(**{f"{column}__contains": named.digits}) & is_phone


def _phoned_chats(named: Named, numbers: dict[int, Number]) -> QuerySet[Any]:
    """Chats that go by another address too, of which the phone holds the digits."""
    rows = WahaChatAddress.objects.filter(session_id__in=list(numbers))
    return rows.filter(phoned("address", named)).values("chat_id")


def _other_phones(chats: list[int]) -> dict[int, str]:
    """{chat: phone} by all addresses of these chats."""
    rows = WahaChatAddress.objects.filter(chat_id__in=chats).values_list("chat_id", "address")
    return {pk: phone for pk, address in rows if (phone := names.phone_of(address))}


def _chat(row: dict[str, Any], named: Named, numbers: dict[int, Number], other: str) -> Row:
    name = names.chat_name(row["chat_id"], row["kind"], row["name"], row["contact__name"])
    phone = names.phone_of(row["chat_id"]) or other
    return Row(
        named.marked(name),
        reverse("inbox:chat", args=[row["pk"]]),
        name,
        faces.hue(row["pk"]),
        "users" if row["kind"] == "group" else "",
        _digits_marked(phone, named.digits) if phone != name else None,
        numbers[row["session_id"]],
        row["last_message_at"],
    )


def contacts(user: User, named: Named, numbers: Sequence[Number], most: int) -> list[Row]:
    """Contacts by name, e-mail, or any part of a phone from three digits on."""
    mails = ContactIdentity.objects.filter(
        named.q("value"), kind=IdentityKind.EMAIL
    )  # narrowed by the contacts below
    wanted = named.q("name") | Q(pk__in=mails.values("contact_id"))
    wanted |= private.found_by(" ".join(named.words), user)
    if named.digits:
        called = ContactIdentity.objects.filter(
            kind=IdentityKind.PHONE, value__contains=named.digits
        )
        wanted |= Q(pk__in=called.values("contact_id"))
    rows = Contact.objects.visible_to(user).alive().filter(wanted)
    shown = Prefetch("identities", ContactIdentity.objects.open())
    found = list(rows.order_by("name", "pk").prefetch_related(shown)[:most])
    return [_contact(row, named) for row in found]


def _contact(row: Contact, named: Named) -> Row:
    addresses = {each.kind: str(each.value) for each in row.identities.all()}
    phone = addresses.get(IdentityKind.PHONE, "")
    mail = addresses.get(IdentityKind.EMAIL, "")
    detail = _digits_marked(phones.phone(phone), named.digits) if phone else named.marked(mail)
    return Row(
        named.marked(phones.name(str(row))), _page(row), str(row), faces.hue(row.pk), "", detail
    )


def _named_rows(
    rows: Callable[[], QuerySet[Any] | None],
    icon: str,
    user: User,
    named: Named,
    numbers: Sequence[Number],
    most: int,
) -> list[Row]:
    """Rows of a plain kind by their name."""
    model = rows()
    if model is None:
        return []
    visible = model.visible_to(user).filter(named.q("name"))  # type: ignore[attr-defined]
    if any(field.name == "archived_at" for field in model.model._meta.get_fields()):
        visible = visible.filter(archived_at__isnull=True)
    return [
        Row(named.marked(phones.name(str(row))), _page(row), str(row), faces.hue(row.pk), icon)
        for row in visible.order_by("name", "pk")[:most]
    ]


def _instructors() -> QuerySet[Any] | None:
    """Instructors, once the product knows them."""
    model = apps.get_app_config("crm").models.get("instructor")
    return model._default_manager.all() if model else None


def calls(user: User, named: Named, numbers: Sequence[Number], most: int) -> list[Row]:
    """Calls by the name of their chat or any part of the caller's phone."""
    by_pk = {number.pk: number for number in numbers}
    wanted = named.q("chat__name", "chat__contact__name")
    if named.digits:
        wanted |= phoned("from_id", named) | Q(chat_id__in=_phoned_chats(named, by_pk))
    rows = WahaCall.objects.visible_to(user).filter(wanted).select_related("chat__contact")
    newest = rows.order_by("-started_at", "-pk")[:most]
    return [_call(row, named, by_pk) for row in newest if row.session_id in by_pk]


def _call(row: WahaCall, named: Named, numbers: dict[int, Number]) -> Row:
    chat, name = row.chat, names.person(row.from_id, "")
    if chat is not None:
        contact = chat.contact.name if chat.contact else None
        name = names.chat_name(chat.chat_id, chat.kind, chat.name, contact)
    return Row(
        named.marked(name),
        row.get_absolute_url(),
        name,
        faces.hue(row.chat_id or row.pk),
        "video" if row.is_video else "phone",
        [Piece(str(row.state.label))],
        numbers[row.session_id],
        row.started_at,
    )


def _digits_marked(phone: str, digits: str) -> list[Piece]:
    """A phone as people write it, with those digits marked whatever stands between them."""
    places = [at for at, char in enumerate(phone) if char.isdigit()]
    found = "".join(phone[at] for at in places).find(digits) if digits else -1
    if found < 0 or not places:
        return [Piece(phone)]
    first, last = places[found], places[found + len(digits) - 1] + 1
    parts = Piece(phone[:first]), Piece(phone[first:last], hit=True), Piece(phone[last:])
    return [part for part in parts if part.text]


def _page(row: Any) -> str:
    """The page of a record, if its kind has one."""
    return str(row.get_absolute_url()) if hasattr(row, "get_absolute_url") else ""


FINDERS: dict[str, Finder] = {
    "chats": chats,
    "contacts": contacts,
    "companies": partial(_named_rows, lambda: Company.objects.all(), "building"),
    "instructors": partial(_named_rows, _instructors, "school"),
    FILES: record_files.find,
    "calls": calls,
}
