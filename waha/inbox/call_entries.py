"""Calls of a chat as its thread shows them, each at its time among the messages.

A call's key is far smaller than any message's, so (time, key) orders both, and one cursor leads
through both.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from mercury.db import keyset
from mercury.db.keyset import Cursor, Page
from waha.inbox.entries import Entry
from waha.inbox.open_chat import Chat
from waha.models import WahaCall
from waha.models.call import RINGS_FOR, CallState


@dataclass(slots=True, kw_only=True)
class CallEntry(Entry):
    """A call; `state` is a CallState. `settles_in` milliseconds a ringing one will be missed."""

    state: str
    is_video: bool
    is_group: bool
    seconds: float | None
    settles_in: int
    handled_by: str
    handled_at: datetime | None
    is_waiting: bool
    may_handle: bool

    @property
    def is_call(self) -> bool:
        """Whether it is drawn as a call."""
        return True

    @property
    def title(self) -> str:
        """What kind of call it was."""
        if self.state == CallState.MISSED:
            if self.is_group:
                return _("Missed group call")
            return _("Missed video call") if self.is_video else _("Missed voice call")
        if self.is_group:
            return _("Group call")
        return _("Video call") if self.is_video else _("Voice call")

    @property
    def outcome(self) -> str:
        """What became of it, where the title does not say so."""
        if self.state == CallState.ANSWERED:
            return _("Answered on the phone")
        if self.state == CallState.DECLINED:
            return _("Declined or hung up")
        return _("Ringing") if self.state == CallState.RINGING else ""


def before(
    user: User, chat: Chat, cursor: Cursor | None, size: int, since: datetime | None
) -> Page[WahaCall]:
    """The newest calls, or those before a cursor, newest first; none before `since`. One query."""
    calls = _calls(user, chat)
    if since is not None:
        calls = calls.filter(started_at__gte=since)
    return keyset.page(calls, "started_at", cursor, size)


def after(user: User, chat: Chat, cursor: Cursor, limit: int) -> list[WahaCall]:
    """At most `limit` calls after a cursor, oldest first. One query."""
    later = _calls(user, chat).filter(keyset.after("started_at", cursor))
    return list(later.order_by("started_at", "pk")[:limit])


def some(user: User, chat: Chat, pks: Iterable[int]) -> list[WahaCall]:
    """These calls of the chat, as far as they are there; one query, none for none."""
    wanted = set(pks)
    return list(_calls(user, chat).filter(pk__in=wanted)) if wanted else []


def between(user: User, chat: Chat, start: Cursor, end: Cursor) -> list[WahaCall]:
    """The calls after one cursor up to another one, oldest first. One query."""
    rows = _calls(user, chat).filter(keyset.after("started_at", start))
    rows = rows.filter(started_at__lte=end.at).exclude(keyset.after("started_at", end))
    return list(rows.order_by("started_at", "pk"))


def has_before(user: User, chat: Chat, cursor: Cursor) -> bool:
    """Whether the chat has a call before a cursor. One query."""
    calls = WahaCall.objects.visible_to(user).filter(chat_id=chat.pk)
    return calls.filter(keyset.before("started_at", cursor)).exists()


def entry(call: WahaCall, chat: Chat) -> CallEntry:
    """Return one call as the thread draws it."""
    rings_until = call.started_at + RINGS_FOR - timezone.now()
    handled_by: str | None = getattr(call, "handled_by_name", None)
    return CallEntry(
        pk=call.pk,
        at=call.started_at,
        day=timezone.localdate(call.started_at),
        order=Cursor(call.started_at, call.pk).order,
        state=call.state,
        is_video=call.is_video,
        is_group=call.is_group,
        seconds=call.seconds,
        settles_in=int(rings_until.total_seconds() * 1000) + 1000
        if call.state == CallState.RINGING
        else 0,
        handled_by=handled_by or "",
        handled_at=call.handled_at,
        is_waiting=call.is_unanswered and call.handled_at is None,
        may_handle=chat.may_act and call.is_unanswered,
    )


def _calls(user: User, chat: Chat) -> QuerySet[WahaCall]:
    """The chat's calls; the name by a subquery, for with few users MySQL would join by hash."""
    name = User.objects.get_queryset().filter(pk=OuterRef("handled_by_id")).values("name")[:1]
    calls = WahaCall.objects.visible_to(user).filter(chat_id=chat.pk)
    named: QuerySet[Any] = calls.annotate(handled_by_name=Subquery(name))
    return named
