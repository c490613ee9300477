"""The thread: pages of a chat's messages, with day lines, runs and the unread line."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import access_cache
from accounts.models import User
from accounts.permissions import Can
from attachments.models import Attachment
from mercury.db.keyset import Cursor
from mercury.ui import faces, phones
from waha.inbox import bubbles, call_entries, chat_lists, gaps, history, label_chips, names
from waha.inbox.bubbles import Bubble, Surroundings
from waha.inbox.call_entries import CallEntry
from waha.inbox.numbers import Number
from waha.inbox.open_chat import Chat, Known
from waha.models import (
    ChatKind,
    Level,
    MarkKind,
    MessageFields,
    MessageType,
    WahaCall,
    WahaChat,
    WahaMark,
    WahaMessage,
    WahaReaction,
    WahaSession,
)
from waha.models.sharing import levels
from waha.outbound import outbox

PAGE_SIZE = 50
NEWER_LIMIT = 200
MOST_PEOPLE = 8
RUN = timedelta(minutes=10)
START = Cursor(datetime(2009, 1, 1, tzinfo=UTC), 0)
"""Before every message: the place after which an empty chat waits for its first."""


Row = MessageFields | WahaCall
Drawn = Bubble | CallEntry


@dataclass(frozen=True, slots=True)
class Thread:
    """One page of a chat, oldest first. `newest` is where the live view goes on."""

    entries: Sequence[Drawn]
    older: Cursor | None
    newest: Cursor
    newer: Cursor | None = None

    @property
    def bubbles(self) -> list[Bubble]:
        """The messages alone."""
        return [each for each in self.entries if isinstance(each, Bubble)]


def chat(user: User, values: dict[str, Any], numbers: Sequence[Number]) -> Chat:
    """Return the open chat from the columns that `chat_lists` read. One query for a group."""
    number = next(each for each in numbers if each.pk == values["session_id"])
    name = chat_lists.name_of(values)
    reason, to_connect = _closed_reason(user, values, number)
    subtitle = names.phone_of(values["chat_id"])
    return Chat(
        pk=values["pk"],
        name=name,
        kind=values["kind"],
        hue=faces.hue(values["pk"]),
        subtitle=subtitle if subtitle != name else "",
        number=number,
        can_reply=not reason,
        may_act=_may_reply(user, number.pk),
        closed_reason=reason,
        unread=values["unread"],
        in_seq=values["in_seq"],
        first_at=values["first_message_at"],
        last_at=values["last_message_at"],
        pinned=values["pinned"],
        archived=values["archived_at"] is not None,
        labels=label_chips.of_chat(values["labels"]),
        picture_url=chat_lists.picture_of(values),
        closed_action_url=reverse("numbers:detail", args=[number.pk]) if to_connect else "",
        closed_action_label=_("Connect it") if to_connect else "",
        may_add_contact=_may_add_contact(user, values),
        **_known(values),
    )


def with_people(chat: Chat, page: Thread) -> Chat:
    """Return a group with the names of those who wrote last on this page beside its own."""
    if chat.kind != ChatKind.GROUP:
        return chat
    wrote = dict.fromkeys(
        bubble.sender_name
        for bubble in reversed(page.bubbles)
        if not bubble.from_me and bubble.type != MessageType.SYSTEM and bubble.sender_name
    )
    return replace(chat, subtitle=", ".join(list(wrote)[:MOST_PEOPLE]))


def page(user: User, chat: Chat, *, before: Cursor | None = None) -> Thread:
    """Read the newest of a chat, or what is before a cursor; 3 or 4 queries, 1 more in the archive.

    Each table gives a page of its own, and the newest of both are the page.
    """
    found = history.before(user, chat, before, PAGE_SIZE)
    since = found.next.at if found.next else None
    rang = call_entries.before(user, chat, before, PAGE_SIZE, since)
    rows = in_order(found.rows, rang.rows)
    shown = draw(chat, rows[-PAGE_SIZE:])
    more = len(rows) > PAGE_SIZE or found.next or rang.next
    if before is None:
        _mark_unread(shown, found.rows, chat)
    gaps.mark(user, chat, shown, before.at if before else None)
    return Thread(shown, shown[0].cursor if more else None, _end(shown))


def onward(user: User, chat: Chat, start: Cursor) -> Thread:
    """Read what follows a place in the chat: `newer` leads on, `older` back."""
    limit = PAGE_SIZE + 1
    said = history.after(user, chat, start, limit)
    rang = call_entries.after(user, chat, start, limit)
    rows = in_order(said, rang)
    more, rows = rows[PAGE_SIZE:], rows[:PAGE_SIZE]
    shown = draw(chat, rows)
    older = shown[0].cursor if shown and _goes_back(user, chat, start, shown[0].cursor) else None
    newest = _end(shown)
    gaps.mark(user, chat, shown, _place(more[0])[0] if more else None)
    return Thread(shown, older, newest, newest if more else None)


def _goes_back(user: User, chat: Chat, start: Cursor, first: Cursor) -> bool:
    """Whether there is something before a page that begins at `start`."""
    begun = chat.first_at is not None and chat.first_at < first.at
    return begun or bool(start.pk) or call_entries.has_before(user, chat, first)


def newer(
    user: User,
    chat: Chat,
    after: Cursor | None = None,
    also: Iterable[int] = (),
    calls: Iterable[int] = (),
) -> Thread:
    """Read what came after a cursor, and these other messages and calls of the chat.

    At most NEWER_LIMIT new ones at once: `newest` says where to go on.
    """
    messages: dict[int, MessageFields] = {}
    rang: dict[int, WahaCall] = {}
    newest = after or START
    if after is not None:
        said = history.after(user, chat, after, NEWER_LIMIT)
        late = history.late(user, chat, after, PAGE_SIZE)
        messages = {row.pk: row for row in [*late, *said]}
        rang = {row.pk: row for row in call_entries.after(user, chat, after, NEWER_LIMIT)}
        came = in_order(said, rang.values())[:NEWER_LIMIT]
        newest = Cursor(*_place(came[-1])) if came else after
    if wanted := set(also) - set(messages):
        messages |= {row.pk: row for row in history.some(user, chat, wanted)}
    rang |= {row.pk: row for row in call_entries.some(user, chat, set(calls) - set(rang))}
    shown = draw(chat, in_order(messages.values(), rang.values()))
    for each in shown:
        # What stands above it on the page is not known here: the page's script takes off the
        # names of those that continue a run.
        each.starts_run = True
        each.show_sender = _names_sender(chat, each)
    return Thread(shown, None, newest)


def in_order(messages: Iterable[MessageFields], calls: Iterable[WahaCall]) -> list[Row]:
    """Both together, oldest first."""
    rows: list[Row] = [*messages, *calls]
    return sorted(rows, key=_place)


def _place(row: Row) -> tuple[datetime, int]:
    at = row.started_at if isinstance(row, WahaCall) else row.created_at
    return at, row.pk


def _end(shown: Sequence[Drawn]) -> Cursor:
    return shown[-1].cursor if shown else START


def draw(chat: Chat, rows: Sequence[Row]) -> list[Drawn]:
    """Messages with what surrounds them, and calls."""
    around = _surroundings(chat, [row for row in rows if not isinstance(row, WahaCall)])
    shown: list[Drawn] = [
        call_entries.entry(row, chat) if isinstance(row, WahaCall) else bubbles.bubble(row, around)
        for row in rows
    ]
    if shown:
        # The first of a page has no neighbour above, so it opens a run; the page's own script
        # takes a day line away that an older page turns out to hold.
        shown[0].show_day = shown[0].starts_run = True
        shown[0].show_sender = _names_sender(chat, shown[0])
    for (last, row), (above, each) in zip(pairwise(rows), pairwise(shown), strict=True):
        each.show_day = above.day != each.day
        each.starts_run = each.show_day or not _same_run(last, row)
        each.show_sender = each.starts_run and _names_sender(chat, each)
    # The line stands under the newest archived message of a page.
    newest = next((each for each in reversed(shown) if each.archived), None)
    if newest is not None:
        newest.archive_line = True
    return shown


def _names_sender(chat: Chat, entry: Drawn) -> bool:
    return chat.kind == ChatKind.GROUP and isinstance(entry, Bubble) and not entry.from_me


def _same_run(last: Row, row: Row) -> bool:
    if isinstance(last, WahaCall) or isinstance(row, WahaCall):
        return False
    return (
        last.from_me == row.from_me
        and last.sender_id == row.sender_id
        and last.sent_by_id == row.sent_by_id
        and MessageType.SYSTEM not in {last.type, row.type}
        and row.created_at - last.created_at < RUN
    )


def _mark_unread(shown: Sequence[Drawn], rows: Iterable[MessageFields], chat: Chat) -> None:
    """Put the unread line over the oldest message that the user has not read."""
    if not chat.unread:
        return
    read_seq = chat.in_seq - chat.unread
    unread = {row.pk for row in rows if row.in_seq is not None and row.in_seq > read_seq}
    first = next((each for each in shown if isinstance(each, Bubble) and each.pk in unread), None)
    if first is not None:
        first.unread_line = chat.unread


def _surroundings(chat: Chat, rows: Sequence[MessageFields]) -> Surroundings:
    pks = [row.pk for row in rows]
    senders = {row.sender_id: row.sender_name for row in rows if row.sender_name}
    return Surroundings(
        chat_name=chat.name,
        is_group=chat.kind == ChatKind.GROUP,
        may_act=chat.may_act,
        reactions=_reactions(pks, senders),
        files=_files([row.pk for row in rows if row.has_media]),
        starred=_starred(rows),
        by_raw_id={row.message_id: row for row in rows if row.message_id},
        names=senders,
    )


def _reactions(pks: list[int], senders: dict[str, str]) -> dict[int, list[tuple[str, int, str]]]:
    """{message: [(emoji, how many, who)]} of messages that were read through visible_to."""
    who: dict[int, dict[str, list[str]]] = {}
    if not pks:
        return {}
    for each in WahaReaction.objects.filter(message_pk__in=pks):
        known = each.sender_name or senders.get(each.sender_id, "")
        name = _("You") if each.from_me else names.person(each.sender_id, known)
        who.setdefault(each.message_pk, {}).setdefault(each.emoji, []).append(name)
    return {
        pk: [(emoji, len(people), ", ".join(people)) for emoji, people in of.items()]
        for pk, of in who.items()
    }


def _starred(rows: Sequence[MessageFields]) -> set[int]:
    """Which of these have a star; 1 query for rows of a shard, whose own query could not tell."""
    found = {row.pk for row in rows if getattr(row, "starred", False)}
    if apart := [row.pk for row in rows if not hasattr(row, "starred")]:
        stars = WahaMark.objects.standing().filter(message_pk__in=apart, kind=MarkKind.STAR)
        found.update(stars.values_list("message_pk", flat=True))
    return found


def _files(pks: list[int]) -> dict[int, Attachment]:
    """Files of messages that were read through visible_to: who sees the one sees the other."""
    if not pks:
        return {}
    files = Attachment.objects.kept().filter(
        model_type=ContentType.objects.get_for_model(WahaMessage), model_id__in=pks
    ).only(
        "uuid", "display_name", "size", "mime_type", "width", "height", "thumbnail_path",
        "scan_state", "model_id",
    )  # fmt: skip
    return {file.model_id: file for file in files}


def _known(values: dict[str, Any]) -> dict[str, Known]:
    """The contact of a direct chat, and their company: whoever sees the chat sees both."""
    if values["kind"] != ChatKind.DIRECT or values["contact_id"] is None:
        return {}
    name = phones.name(values["contact_name"] or "") or _("Contact")
    known = {"contact": Known(name, reverse("contacts:detail", args=[values["contact_id"]]))}
    if values["company_key"] is not None:
        url = reverse("companies:detail", args=[values["company_key"]])
        known["company"] = Known(values["company_name"], url)
    return known


def _may_add_contact(user: User, values: dict[str, Any]) -> bool:
    is_stranger = values["kind"] == ChatKind.DIRECT and values["contact_id"] is None
    return is_stranger and access_cache.kept(
        user, "add-contacts", lambda: user.has_perm(Can.ADD_CONTACTS)
    )


def _may_reply(user: User, session_id: int) -> bool:
    return levels(user).get(session_id, Level.VIEW) >= Level.REPLY


def _closed_reason(user: User, values: dict[str, Any], number: Number) -> tuple[str, bool]:
    """Why nothing can be written, and whether this user can mend that on the number's page."""
    if not _may_reply(user, number.pk):
        asked = _("You may read this number but not answer on it. Ask %(owner)s to let you.")
        return asked % {"owner": number.owner}, False
    # Rows of their own kind, never saved: the rule looks at these columns.
    chat = WahaChat(pk=values["pk"], kind=values["kind"])
    session = WahaSession(status=number.state)
    reason = outbox.closed_reason(session, chat)
    if not reason or reason != outbox.closed_reason(session):
        return reason, False
    if levels(user)[number.pk] >= Level.MANAGE:
        return reason, True
    asked = _("%(reason)s Ask %(owner)s to do so.")
    return asked % {"reason": reason, "owner": number.owner}, False
