"""Messages that were found, as the search page draws them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts.models import User
from mercury import words
from mercury.db.keyset import Cursor
from mercury.ui import faces, phones
from waha import texts
from waha.inbox import names
from waha.inbox.finding.marks import Piece, pieces
from waha.inbox.numbers import Number
from waha.models import MessageFields, MessageType, WahaChat, WahaMessage, whereabouts
from waha.models.message import MEDIA_TYPES, MessageQuerySet
from waha.search import finder, scope
from waha.search.plans import Hit
from waha.search.query import Query, Term
from waha.search.ranking import Skip

COLUMNS = (
    "id", "type", "content", "created_at", "from_me", "sender_id", "sender_name", "media_name",
    "extra", "chat_id", "session_id", "revoked_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """A message on the search page; `url` leads into its chat, to that message."""

    pk: int
    url: str
    chat_name: str
    chat_kind: str
    hue: int
    number: Number
    at: datetime
    type: str
    from_me: bool
    sender: str
    text: list[Piece]
    file: list[Piece]


@dataclass(frozen=True, slots=True)
class Found:
    """A page of messages: `next` leads on, `complete` is False when time ran out at `next`."""

    rows: list[Row]
    next: Cursor | Skip | None = None
    complete: bool = True
    backend: str = ""
    fell_back: bool = False
    by_rank: bool = False


def find(
    user: User,
    query: Query,
    numbers: Sequence[Number],
    *,
    cursor: Cursor | Skip | None = None,
    size: int = 20,
    files: bool = False,
    best: bool = False,
) -> Found:
    """Messages by their words, or files by their names: the newest, or the best, come first."""
    wanted = scope.resolve(user, query)
    if files:
        types = frozenset(MEDIA_TYPES) & (query.types or frozenset(MEDIA_TYPES))
        wanted = replace(wanted, types=types, in_file_name=True)
    answer = finder.find(wanted, cursor=cursor, size=size, best=best)
    found = _load(user, answer.hits.hits)
    rows = _rows(user, [each for each in found if _may_show(each, query, files)], query, numbers)
    hits = answer.hits
    return Found(rows, hits.next, hits.complete, answer.backend, answer.fell_back, hits.by_rank)


def _load(user: User, hits: list[Hit]) -> list[MessageFields]:
    """The messages themselves, in their order; one query for each table they lie in."""
    if not hits:
        return []
    times = [hit.at for hit in hits]
    months = whereabouts.months_between(min(times), max(times))
    rows: dict[int, MessageFields] = {}
    late = [hit for hit in hits if not months.holds(hit.at)]
    by_place: dict[str, list[Hit]] = {}
    for hit in hits:
        if months.holds(hit.at):
            by_place.setdefault(whereabouts.place_of(hit.session), []).append(hit)
    for group in by_place.values():
        archive = whereabouts.archive_of(group[0].session)
        rows |= _read(user, archive, group)
        late += [hit for hit in group if hit.pk not in rows]
    if late:
        rows |= _read(user, WahaMessage.objects.all(), late)
    return [rows[hit.pk] for hit in hits if hit.pk in rows]


def _read(user: User, table: MessageQuerySet[Any], hits: list[Hit]) -> dict[int, Any]:
    times = [hit.at for hit in hits]
    rows = table.visible_to(user).filter(
        pk__in=[hit.pk for hit in hits], created_at__range=(min(times), max(times))
    )
    return {row.pk: row for row in rows.only(*COLUMNS)}


def _may_show(message: MessageFields, query: Query, files: bool) -> bool:
    """Whether it is still found in what this reader sees of it.

    For who may not see phones, a search by digits would otherwise tell a hidden number digit by
    digit. What was deleted since it was found is not shown either.
    """
    if not texts.is_searched(message):
        return False
    if phones.are_shown():
        return True
    seen = words.text_of(
        phones.text(f"{message.content} {texts.beside(message.extra)}"),
        sender=phones.name(message.sender_name),
        file=phones.text(message.media_name),
    )
    return all(needle in seen for term in query.positive for needle in _needles(term, files))


def _needles(term: Term, files: bool) -> list[str]:
    """What the words of a message hold where the term is found, in its file's name or anywhere."""
    if files:
        return [f" {words.FILE}{words.code(word)}" for word in term.words]
    return [term.needle]


def _rows(
    user: User, messages: Iterable[MessageFields], query: Query, numbers: Sequence[Number]
) -> list[Row]:
    messages = list(messages)
    by_pk = {number.pk: number for number in numbers}
    chats = _chats(user, {message.chat_id for message in messages})
    return [
        _row(message, chats[message.chat_id], by_pk[message.session_id], query.positive)
        for message in messages
        if message.chat_id in chats and message.session_id in by_pk
    ]


def _chats(user: User, pks: set[int]) -> dict[int, dict[str, Any]]:
    if not pks:
        return {}
    rows = WahaChat.objects.visible_to(user).filter(pk__in=pks)
    return {
        row["pk"]: dict(row)
        for row in rows.values("pk", "chat_id", "name", "kind", "contact__name")
    }


def _row(
    message: MessageFields, chat: dict[str, Any], number: Number, terms: tuple[Term, ...]
) -> Row:
    said = message.content or texts.beside(message.extra or {})
    return Row(
        pk=message.pk,
        url=f"{reverse('inbox:chat', args=[chat['pk']])}?message={message.pk}#message-{message.pk}",
        chat_name=names.chat_name(
            chat["chat_id"], chat["kind"], chat["name"], chat["contact__name"]
        ),
        chat_kind=chat["kind"],
        hue=faces.hue(chat["pk"]),
        number=number,
        at=message.created_at,
        type=message.type if message.type != MessageType.TEXT else "",
        from_me=message.from_me,
        sender=_sender(message, chat),
        text=pieces(phones.text(said), terms),
        file=pieces(phones.text(message.media_name), terms),
    )


def _sender(message: MessageFields, chat: dict[str, Any]) -> str:
    if message.from_me or chat["kind"] == "direct":
        return ""
    return names.person(message.sender_id, message.sender_name)
