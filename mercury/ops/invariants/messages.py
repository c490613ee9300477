"""Messages: each once, under its key, in a chat of its number; nothing that points at none."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Model, QuerySet

from audit.models import AuditLog
from mercury.db.partitions import Month
from mercury.ops.invariants.rules import Rule
from waha.models import (
    WahaChat,
    WahaMark,
    WahaMedia,
    WahaMessage,
    WahaMessageKey,
    WahaReaction,
    WahaSession,
    whereabouts,
)

NO_MESSAGE = "its message is nowhere, neither in use nor archived"


def wrong_messages(keys: list[int]) -> dict[int, str]:
    """Messages without their key, of another number than their chat, or of none at all.

    A second row for one WhatsApp id shows here: the key names one message only.
    """
    # The range beside the list is what the server walks; a list alone asks every partition.
    rows = WahaMessage.objects.filter(pk__gte=keys[0], pk__lte=keys[-1], pk__in=keys)
    messages = list(rows.values_list("pk", "session_id", "chat_id", "from_me", "created_at"))
    known = {
        pk: (session, from_me, at)
        for pk, session, from_me, at in WahaMessageKey.objects.filter(
            message_pk__in=keys
        ).values_list("message_pk", "session_id", "from_me", "created_at")
    }
    chats = dict(
        WahaChat.objects.filter(pk__in={row[2] for row in messages}).values_list("pk", "session_id")
    )
    sessions = set(
        WahaSession.objects.filter(pk__in={row[1] for row in messages}).values_list("pk", flat=True)
    )
    found = {}
    for pk, session, chat, from_me, at in messages:
        if pk not in known:
            found[pk] = "no key names it: it may be there twice"
        elif known[pk] != (session, from_me, at):
            found[pk] = "its key names another number, direction or time"
        elif session not in sessions:
            found[pk] = f"its number {session} is gone"
        elif chats.get(chat) != session:
            found[pk] = (
                f"its chat {chat} is gone" if chat not in chats else "its chat is another number's"
            )
    return found


def wrong_keys(keys: list[int]) -> dict[int, str]:
    """Keys whose message is nowhere."""
    rows = WahaMessageKey.objects.filter(message_pk__in=keys)
    return _without_message(dict(rows.values_list("message_pk", "session_id")))


def kept_keys() -> "QuerySet[WahaMessageKey]":
    """Keys of messages that nobody may have deleted.

    Erasing a person and the retention of archived months take messages and leave their keys, so
    that no import brings them back: only what is younger than both is held to this rule.
    """
    rows = WahaMessageKey.objects.all()
    erased = AuditLog.objects.filter(event="person.erased").order_by("-timestamp").first()
    if erased is not None:
        rows = rows.filter(created_at__gt=erased.timestamp)
    if (purged := _newest_purged()) is not None:
        rows = rows.filter(created_at__gte=purged.plus(1).start)
    return rows


def _newest_purged() -> Month | None:
    """The newest month that the retention took something of, holds or not."""
    told = AuditLog.objects.filter(event="retention.purged").values_list("new_values", flat=True)
    months = [str(values["month"]).split("-") for values in told if values and "month" in values]
    return max((Month(int(year), int(month)) for year, month in months), default=None)


def wrong_reactions(keys: list[int]) -> dict[int, str]:
    """Reactions whose message is nowhere; keyed by the reaction."""
    rows = WahaReaction.with_removed.filter(pk__in=keys)
    return _of_others(rows.values_list("pk", "message_pk", "session_id"))


def wrong_marks(keys: list[int]) -> dict[int, str]:
    """Stars and pins on messages that are nowhere; keyed by the mark."""
    rows = WahaMark.objects.filter(pk__in=keys)
    return _of_others(rows.values_list("pk", "message_pk", "session_id"))


def wrong_media(keys: list[int]) -> dict[int, str]:
    """Files to fetch of messages that are nowhere; keyed by the row of the file."""
    rows = WahaMedia.objects.filter(pk__in=keys)
    return _of_others(rows.values_list("pk", "message_id", "session_id"))


def missing(session_of: dict[int, int]) -> set[int]:
    """Which of these messages are nowhere; {message: session}."""
    gone = set(session_of)
    gone -= set(WahaMessage.objects.filter(pk__in=gone).values_list("pk", flat=True))
    by_session: dict[int, list[int]] = defaultdict(list)
    for pk in gone:
        by_session[session_of[pk]].append(pk)
    for session, pks in by_session.items():
        archived = whereabouts.archive_of(session).filter(pk__in=pks)
        gone -= set(archived.values_list("pk", flat=True))
    return gone


def _without_message(session_of: dict[int, int]) -> dict[int, str]:
    return dict.fromkeys(sorted(missing(session_of)), NO_MESSAGE)


def _of_others(rows: Iterable[tuple[int, int, int]]) -> dict[int, str]:
    rows = list(rows)
    gone = missing({message: session for _pk, message, session in rows})
    return {pk: NO_MESSAGE for pk, message, _session in rows if message in gone}


def all_of(model: type[Model]) -> Callable[[], Any]:
    """Every row of a model, whatever its default manager leaves out."""
    return lambda: model._base_manager.all()


RULES = [
    Rule("messages", "each message once, under its key, in a chat of its number",
         all_of(WahaMessage), wrong_messages),
    Rule("keys", "each key since the last erasure leads to a message", kept_keys, wrong_keys,
         key="message_pk"),
    Rule("reactions", "each reaction is on a message", all_of(WahaReaction), wrong_reactions),
    Rule("marks", "each star or pin is on a message", all_of(WahaMark), wrong_marks),
    Rule("media", "each file to fetch is of a message", all_of(WahaMedia), wrong_media),
]  # fmt: skip
