"""What the search page and its box are rendered from: the keys of their templates."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from waha.inbox import chat_lists, numbers
from waha.inbox.filters import Filters
from waha.inbox.finding import messages, others
from waha.inbox.finding.asked import FILE, KINDS, Asked
from waha.inbox.finding.messages import Found
from waha.inbox.numbers import Number
from waha.models import MessageType
from waha.search import finder, rebuild

Context = dict[str, Any]
PAGE, FEW, MANY, QUICK = 20, 5, 50, 4

TITLES: dict[str, str | Promise] = {
    "messages": _("Messages"),
    "chats": _("Chats"),
    "contacts": _("Contacts"),
    "companies": _("Companies"),
    "instructors": _("Instructors"),
    "files": _("Files"),
    "calls": _("Calls"),
}
NOTHING = Found([])


@dataclass(frozen=True, slots=True)
class Tab:
    """A kind one may look at alone."""

    kind: str
    title: str | Promise
    is_open: bool


def results(user: User, asked: Asked) -> Context:
    """The keys of `_results.html`; a fixed number of queries, whatever is found."""
    read = numbers.read(user, counted=False).all
    query = asked.query
    texts = files = NOTHING
    if query.asks and asked.only in ("", "messages"):
        texts = messages.find(user, query, read, cursor=asked.cursor, size=PAGE, best=asked.by_rank)
    if query.positive and asked.only in ("", "files") and (asked.only or not asked.cursor):
        cursor = asked.cursor if asked.only else None
        size = PAGE if asked.only else FEW
        best = asked.by_rank
        files = messages.find(user, query, read, cursor=cursor, size=size, files=True, best=best)
    groups = [] if asked.cursor else _groups(user, asked, read)
    record_files = next((group for group in groups if group.kind == others.FILES), None)
    groups = [group for group in groups if group is not record_files]
    return {
        "asked": asked,
        "query": query,
        "messages_found": texts,
        "files_found": files,
        "record_files": record_files,
        "groups": groups,
        "titles": TITLES,
        "is_empty": not (texts.rows or files.rows or record_files or groups),
        "fell_back": texts.fell_back or files.fell_back,
        "may_rank": finder.may_rank() and bool(query.positive),
        "is_unfinished": rebuild.is_unfinished(),
        "tabs": _tabs(asked),
    }


def whole(user: User, asked: Asked, recent: list[str]) -> Context:
    """The keys of the page: what was found, the filters to choose from, and recent searches."""
    read = numbers.read(user, counted=False).all
    return results(user, asked) | {
        "numbers": read,
        "kinds": [(FILE, _("Any file")), *_kinds()],
        "chat_name": _chat_name(user, asked, read),
        "recent": recent,
    }


def quick(user: User, asked: Asked) -> Context:
    """The keys of `_quick.html`, the first of everything while somebody types."""
    read = numbers.read(user, counted=False).all
    query = asked.query
    texts = messages.find(user, query, read, size=QUICK) if query.asks else NOTHING
    groups = others.find(user, query, read, size=QUICK)
    return {
        "asked": asked,
        "query": query,
        "messages_found": texts,
        "groups": groups,
        "titles": TITLES,
        "is_empty": not (texts.rows or groups),
    }


def _groups(user: User, asked: Asked, read: list[Number]) -> list[others.Group]:
    if asked.only == "messages":
        return []
    size = MANY if asked.only else FEW
    return others.find(user, asked.query, read, size=size, only=asked.only)


def _tabs(asked: Asked) -> list[Tab]:
    shown = [kind for kind in KINDS if kind != "instructors" or others._instructors() is not None]
    return [Tab(kind, TITLES[kind], asked.only == kind) for kind in shown]


def _kinds() -> list[tuple[str, str]]:
    left_out = {MessageType.SYSTEM, MessageType.UNSUPPORTED}
    return [(kind.value, str(kind.label)) for kind in MessageType if kind not in left_out]


def _chat_name(user: User, asked: Asked, read: list[Number]) -> str:
    """The chat that is searched alone; nothing for one that the user may not see."""
    if asked.chat is None:
        return ""
    found = chat_lists.some(user, Filters(), read, (), open_chat=asked.chat).open
    return chat_lists.name_of(found) if found else ""
