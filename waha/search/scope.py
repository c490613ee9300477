"""From a query to what may be found: names become chats and numbers, rights become ids."""

from django.db.models import Q

from accounts.models import User
from mercury.ui import phones
from waha.models import ChatKind, WahaChat, WahaSession
from waha.models.sharing import session_ids
from waha.search.plans import Wanted
from waha.search.query import Query, Term, names_of

MOST_CHATS = 100
"""Chats that a name may stand for; the newest count."""


def resolve(user: User, query: Query) -> Wanted:
    """What `user` may find by this query; one query for each of `in:` and `from:`, or two."""
    allowed = session_ids(user)
    sessions = [pk for pk in allowed if query.number in (None, pk)]
    chats = None if query.chat is None else _one_chat(user, query.chat)
    if query.places:
        sessions, chats = _places(user, query.places, sessions, chats)
    senders = tuple(names_of(query.senders))
    if not _may_ask(tuple(word for term in senders for word in term.words)):
        sessions = []  # the name of many a sender is a phone
    sender_chats: list[int] = []
    if query.senders:
        sender_chats = _named(user, query.senders, kind=ChatKind.DIRECT)
    return Wanted(
        sessions=tuple(sessions),
        chats=None if chats is None else tuple(chats),
        terms=_without_hidden(query.terms),
        senders=senders,
        sender_chats=tuple(sender_chats),
        from_me=query.from_me,
        types=query.types,
        since=query.since,
        until=query.until,
    )


def _one_chat(user: User, pk: int) -> list[int]:
    return list(WahaChat.objects.visible_to(user).filter(pk=pk).values_list("pk", flat=True))


def _places(
    user: User, places: tuple[str, ...], sessions: list[int], chats: list[int] | None
) -> tuple[list[int], list[int] | None]:
    """Narrow to the numbers of these names or, where there are none, to the chats."""
    titled = Q()
    for place in places:
        titled &= Q(title__icontains=place) | Q(name__icontains=place)
    numbers = WahaSession.objects.visible_to(user).filter(titled) if _may_ask(places) else ()
    if found := [number.pk for number in numbers if number.pk in sessions]:
        return found, chats
    named = _named(user, places)
    return sessions, named if chats is None else [pk for pk in chats if pk in named]


def _named(user: User, names: tuple[str, ...], **filters: object) -> list[int]:
    """The newest chats whose name or contact holds all of these."""
    if not _may_ask(names):
        return []
    rows = WahaChat.objects.visible_to(user).filter(**filters)
    for name in names:
        rows = rows.filter(Q(name__icontains=name) | Q(contact__name__icontains=name))
    newest = rows.order_by("-last_message_at", "-pk")
    return list(newest.values_list("pk", flat=True)[:MOST_CHATS])


def _may_ask(names: tuple[str, ...]) -> bool:
    """Many names are phones: who may not see those finds nobody by digits."""
    return phones.may_ask(" ".join(names))


def _without_hidden(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    """The terms without those whose digits would tell a hidden number by what they leave out."""
    if phones.are_shown():
        return terms
    return tuple(
        term
        for term in terms
        if not (term.negated and any(char.isdigit() for word in term.words for char in word))
    )
