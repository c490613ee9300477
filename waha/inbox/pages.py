"""What the inbox's pages and fragments are rendered from: the keys of their templates."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.http import Http404

from accounts.models import User
from mercury.db.keyset import Cursor
from waha.inbox import chat_lists, numbers, threads
from waha.inbox.filters import Filters
from waha.inbox.forms import MessageForm
from waha.inbox.numbers import Numbers
from waha.inbox.open_chat import Chat
from waha.inbox.threads import Thread

Context = dict[str, Any]


def list_page(user: User, filters: Filters, cursor: Cursor | None = None) -> Context:
    """The list without an open chat."""
    read = numbers.read(user)
    page = chat_lists.page(user, filters, read.all, cursor=cursor)
    return _around(read, filters, page)


def chat_page(
    user: User,
    filters: Filters,
    chat_id: int,
    *,
    before: Cursor | None = None,
    start: Cursor | None = None,
    form: MessageForm | None = None,
) -> Context:
    """The list with a chat open beside it, at its end or where `thread` says. Raises Http404."""
    read = numbers.read(user)
    page = chat_lists.page(user, filters, read.all, open_chat=chat_id)
    chat = opened(user, page.open, read)
    return _around(read, filters, page) | thread(user, chat, before=before, start=start, form=form)


def thread_fragment(
    user: User,
    filters: Filters,
    chat_id: int,
    *,
    before: Cursor | None = None,
    start: Cursor | None = None,
) -> Context:
    """The open chat alone. Raises Http404."""
    chat = one_chat(user, chat_id)
    return {"filters": filters} | thread(user, chat, before=before, start=start)


def one_chat(user: User, chat_id: int) -> Chat:
    """A chat as the thread draws it, without the list; 2 queries. Raises Http404."""
    read = numbers.read(user, counted=False)
    page = chat_lists.some(user, Filters(), read.all, (), open_chat=chat_id)
    return opened(user, page.open, read)


def opened(user: User, values: dict[str, Any] | None, read: Numbers) -> Chat:
    """The open chat from what the list's query found of it. Raises Http404."""
    if values is None:
        raise Http404
    return threads.chat(user, values, read.all)


def thread(
    user: User,
    chat: Chat,
    *,
    before: Cursor | None = None,
    start: Cursor | None = None,
    form: MessageForm | None = None,
) -> Context:
    """The keys of the thread: messages, cursors and a fresh composer, or the one given back.

    The newest messages, those before a cursor, or those from `start` on; where nothing follows
    `start` the newest again.
    """
    page = threads.onward(user, chat, start) if start is not None else None
    if page is None or not page.entries:
        page, start = threads.page(user, chat, before=before), None
    chat = threads.with_people(chat, page)
    return (
        messages(page, chat)
        | composer(form)
        | {"at_end": before is None and page.newer is None, "at_start": start is not None}
    )


def messages(page: Thread, chat: Chat) -> Context:
    """The keys of `_messages.html`."""
    return {
        "chat": chat,
        "messages": page.entries,
        "older_cursor": str(page.older) if page.older else "",
        "newest_cursor": str(page.newest),
        "newer_cursor": str(page.newer) if page.newer else "",
        "caught_up": False,
    }


def composer(form: MessageForm | None = None) -> Context:
    """A composer with a token of its own; a refused form keeps its token: it is the same send."""
    token = (form.data.get("client_token") if form else "") or str(uuid.uuid4())
    return {"form": form or MessageForm(), "client_token": token}


def live(
    user: User,
    filters: Filters,
    *,
    chats: set[int],
    open_chat: int | None = None,
    after: Cursor | None = None,
    changed: set[int] | None = None,
    calls: Iterable[int] = (),
) -> Context:
    """What changed on a page: numbers, these rows, and what is new or changed in the open chat.

    The page has just heard of a change, so this must read what is committed: with read replicas
    it belongs on the primary.
    """
    read = numbers.read(user)
    page = chat_lists.some(user, filters, read.all, chats, open_chat=open_chat)
    context = _around(read, filters, page) | {
        "gone_chats": sorted(chats - {row.pk for row in page.rows}),
        "gone_messages": [],
        "messages": [],
        "newest_cursor": "",
    }
    if page.open is None:
        return context
    chat = threads.chat(user, page.open, read.all)
    found = threads.newer(user, chat, after, changed or (), calls)
    gone = (changed or set()) - {bubble.pk for bubble in found.bubbles}
    return context | messages(found, chat) | composer() | {"gone_messages": sorted(gone)}


def _around(read: Numbers, filters: Filters, page: chat_lists.ChatPage) -> Context:
    return {
        "numbers": read.all,
        "filters": filters.over([number.pk for number in read.all])[0],
        "rows": page.rows,
        "next_cursor": str(page.next) if page.next else "",
        "chat": None,
        "unread_total": read.unread_total,
        "has_labels": read.has_labels,
        "live_cursor": str(read.live_cursor),
    }
