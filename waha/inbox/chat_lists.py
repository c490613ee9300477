"""The list of chats: one page of rows over one or many numbers, pinned ones first, then newest."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connections
from django.db.models import BooleanField, Case, OuterRef, Q, QuerySet, Subquery, When
from django.urls import reverse

from accounts.models import User
from crm.models import Contact
from mercury.db import keyset
from mercury.db.keyset import Cursor
from mercury.ui import faces, phones
from waha.inbox import label_chips, names
from waha.inbox.filters import Filters
from waha.inbox.label_chips import Chip
from waha.inbox.numbers import Number
from waha.models import ChatKind, WahaChat
from waha.models.chat import unread_by

PAGE_SIZE = 30
COLUMNS = (
    "pk", "session_id", "chat_id", "name", "kind", "pinned", "unread", "contact_name",
    "contact_id", "company_key", "company_name", "face",
    "last_message_at", "last_message_preview", "last_message_type", "last_message_from_me",
    "last_message_sender", "last_message_status", "first_message_at", "in_seq",
    "archived_at", "labels",
)  # fmt: skip
PINNED_ORDER = 1 << 128
"""Lifts pinned chats above every (time, id)."""
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """A chat as the list draws it; a larger `order` stands higher."""

    pk: int
    name: str
    kind: str
    hue: int
    number: Number
    last_at: datetime | None
    preview: str
    preview_type: str
    preview_from_me: bool
    preview_status: str
    preview_sender: str
    unread: int
    order: int
    pinned: bool = False
    marked_unread: bool = False
    archived: bool = False
    labels: list[Chip] = field(default_factory=list)
    picture_url: str = ""


@dataclass(frozen=True, slots=True)
class ChatPage:
    """One page of the list, and the open chat's own columns where one was asked for."""

    rows: list[Row]
    next: Cursor | None
    open: Values | None = None


def page(
    user: User,
    filters: Filters,
    numbers: Sequence[Number],
    *,
    cursor: Cursor | None = None,
    open_chat: int | None = None,
) -> ChatPage:
    """Read one page in one query, with the open chat in it, listed or not.

    Each number gives its own newest rows from its own index and only those are sorted:
    `session_id IN (...) ORDER BY last_message_at` would sort every chat of every number.
    Pinned ones stand on top of the first page, all of them: there are few.
    """
    by_pk = {number.pk: number for number in numbers}
    filters, session_ids = filters.over(list(by_pk))
    wanted = matching(user, filters, session_ids)
    if cursor is not None:
        wanted &= keyset.before("last_message_at", cursor)
    chats = _marked(user, wanted)
    branches = [_newest(chats.filter(wanted, session_id=pk, pinned=False)) for pk in session_ids]
    if cursor is None and session_ids:
        branches.append(chats.filter(wanted, pinned=True))
    if open_chat is not None:
        branches.append(chats.filter(pk=open_chat))
    found = {values["pk"]: values for values in _together(chats, branches)}

    listed = [values for values in found.values() if values["listed"]]
    listed.sort(key=lambda values: (values["last_message_at"], values["pk"]), reverse=True)
    pinned = [values for values in listed if values["pinned"]] if cursor is None else []
    others = [values for values in listed if not values["pinned"]]
    shown, following = others[:PAGE_SIZE], None
    if len(others) > PAGE_SIZE:
        following = Cursor(shown[-1]["last_message_at"], shown[-1]["pk"])
    opened = None if open_chat is None else found.get(open_chat)
    return ChatPage([row(values, by_pk) for values in pinned + shown], following, opened)


def some(
    user: User,
    filters: Filters,
    numbers: Sequence[Number],
    pks: Iterable[int],
    *,
    open_chat: int | None = None,
) -> ChatPage:
    """Read the rows of these chats that belong to the list, and the open chat, in one query."""
    asked = set(pks)
    by_pk = {number.pk: number for number in numbers}
    filters, session_ids = filters.over(list(by_pk))
    every = asked | ({open_chat} if open_chat is not None else set())
    chats = _marked(user, matching(user, filters, session_ids)).filter(pk__in=every)
    found = {values["pk"]: values for values in chats.values(*COLUMNS, "listed")}
    rows = [row(values, by_pk) for pk, values in found.items() if values["listed"] and pk in asked]
    opened = None if open_chat is None else found.get(open_chat)
    return ChatPage(rows, None, opened)


def matching(user: User, filters: Filters, session_ids: list[int]) -> Q:
    """Which chats belong to the list.

    A chat without messages has no place in an order of messages: it is met by its address. What
    is archived has a tab of its own, but is found by search, by label and while unread.
    """
    wanted = Q(session_id__in=session_ids, last_message_at__isnull=False)
    if filters.tab == "archived":
        wanted &= Q(archived_at__isnull=False)
    elif filters.tab != "unread" and not filters.q and not filters.label:
        wanted &= Q(archived_at__isnull=True)
    if filters.label:
        wanted &= label_chips.having(filters.label, session_ids)
    if filters.tab == "unread":
        wanted &= unread_by(user)
    elif filters.tab == "groups":
        wanted &= Q(kind=ChatKind.GROUP)
    if filters.q:
        wanted &= _named(filters.q)
    return wanted


def _named(words: str) -> Q:
    """Chats whose name, contact or phone holds `words`.

    For who may not see phones digits find nothing: the answers would tell the number, digit
    by digit.
    """
    named = Q(name__icontains=words) | Q(contact__name__icontains=words)
    digits = "".join(char for char in words if char.isdigit())
    if not digits:
        return named
    if phones.are_shown():
        return named | Q(chat_id__contains=digits)
    return named if phones.may_ask(words) else Q(pk__in=[])


def row(values: Values, numbers: dict[int, Number]) -> Row:
    """Return a chat's columns as its row."""
    at: datetime | None = values["last_message_at"]
    return Row(
        pk=values["pk"],
        name=name_of(values),
        kind=values["kind"],
        hue=faces.hue(values["pk"]),
        number=numbers[values["session_id"]],
        last_at=at,
        preview=phones.text(values["last_message_preview"]),
        preview_type=values["last_message_type"],
        preview_from_me=values["last_message_from_me"],
        preview_status=values["last_message_status"],
        preview_sender=_sender(values),
        unread=values["unread"],
        pinned=values["pinned"],
        archived=values["archived_at"] is not None,
        labels=label_chips.of_chat(values["labels"]),
        picture_url=picture_of(values),
        order=(Cursor(at, values["pk"]).order if at else 0) + PINNED_ORDER * values["pinned"],
    )


def name_of(values: Values) -> str:
    """Return what a chat is called, from its columns."""
    return names.chat_name(
        values["chat_id"], values["kind"], values["name"], values["contact_name"]
    )


def picture_of(values: Values) -> str:
    """Return the address of the contact's small picture, "" where there is none."""
    key = values["face"]
    return reverse("attachments:thumbnail", args=[key]) if key else ""


def _sender(values: Values) -> str:
    if values["kind"] != ChatKind.GROUP or values["last_message_from_me"]:
        return ""
    return phones.name(str(values["last_message_sender"]))


def _marked(user: User, wanted: Q) -> QuerySet[WahaChat]:
    """Visible chats with `unread`, contact, company and `face`, and `listed` on those of the list.

    The names come by subqueries: while there are few contacts MySQL would join them by hash,
    lose the order of the index and sort every chat.
    """
    listed = Case(When(wanted, then=True), default=False, output_field=BooleanField())
    contact = Contact.objects.filter(pk=OuterRef("contact_id"))
    shown = contact.filter(picture__deleted_at__isnull=True, picture__thumbnail_path__gt="")
    chats = WahaChat.objects.visible_to(user).with_unread(user)
    return chats.annotate(
        listed=listed,
        contact_name=Subquery(contact.values("name")[:1]),
        company_key=Subquery(contact.values("company_id")[:1]),
        company_name=Subquery(contact.values("company__name")[:1]),
        face=Subquery(shown.values("picture__uuid")[:1]),
    )


def _newest(chats: QuerySet[WahaChat]) -> QuerySet[WahaChat]:
    return chats.order_by("-last_message_at", "-pk")[: PAGE_SIZE + 1]


def _together(chats: QuerySet[WahaChat], branches: list[QuerySet[WahaChat]]) -> Any:
    """The rows of all branches in one query; a row may come twice."""
    if not branches:
        return []
    columns = (*COLUMNS, "listed")
    if len(branches) == 1:
        return branches[0].values(*columns)
    if connections[chats.db].features.supports_slicing_ordering_in_compound:
        first, *others = (branch.values(*columns) for branch in branches)
        return first.union(*others, all=True)
    # SQLite: Django writes no LIMIT inside its UNION, but SQLite takes one inside IN.
    picked = Q()
    for branch in branches:
        picked |= Q(pk__in=branch.values("pk"))
    return chats.filter(picked).values(*columns)
