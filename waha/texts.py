"""Keeps the searchable words of messages true, in the transaction that changes the messages."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS

from mercury import words
from mercury.celery import hint
from waha.models import MessageFields, MessageType, WahaMessageText, WahaTextChange

FED = frozenset({"content", "type", "media_name", "extra", "revoked_at", "sender_name", "chat_id"})
"""The columns of a message that its words follow."""

LONGEST = 20_000  # characters of a message; WhatsApp's limit is 65,536


def is_searched(message: MessageFields) -> bool:
    """Whether search knows the message: not WhatsApp's notices, not what was deleted."""
    return message.type != MessageType.SYSTEM and message.revoked_at is None


def of(message: MessageFields) -> WahaMessageText:
    """The unsaved words of a message."""
    extra = message.extra
    spoken = f"{message.content} {beside(extra)}" if extra else message.content
    return WahaMessageText(
        id=message.pk,
        session_id=message.session_id,
        chat_id=message.chat_id,
        created_at=message.created_at,
        from_me=message.from_me,
        type=message.type,
        words=words.text_of(
            spoken[:LONGEST],
            sender="" if message.from_me else message.sender_name,
            file=message.media_name,
        ),
    )


def beside(extra: dict[str, Any] | None) -> str:
    """What places, polls and cards say."""
    if not extra:
        return ""
    place, poll = extra.get("location") or {}, extra.get("poll") or {}
    said = [place.get("name"), place.get("address"), poll.get("name"), *poll.get("options", ())]
    said += [card.get("name") for card in extra.get("contacts") or ()]
    return " ".join(str(each) for each in said if each)


def record(messages: Iterable[MessageFields]) -> None:
    """Add the words of new messages: one INSERT for hundreds."""
    rows = [of(message) for message in messages if is_searched(message)]
    if rows:
        _table().bulk_create(rows, batch_size=1_000)
        note(row.pk for row in rows)


def rewrite(messages: Sequence[MessageFields]) -> None:
    """Let the words of changed messages be what they say now; nothing for what was deleted."""
    if messages:
        remove([message.pk for message in messages])
        record(messages)


def remove(pks: Sequence[int]) -> None:
    """Take the words of these messages away."""
    if pks:
        _table().filter(pk__in=pks)._raw_delete(DEFAULT_DB_ALIAS)
        note(pks)


def move(chat_pk: int, to: int) -> None:
    """Let the words of a chat belong to another: two were found to be one person's."""
    rows = _table().filter(chat_id=chat_pk)
    pks = list(rows.values_list("pk", flat=True)) if settings.ELASTICSEARCH_URL else []
    rows.update(chat_id=to)
    note(pks)


def note(pks: Iterable[int]) -> None:
    """Have Elasticsearch told, where there is one; the versions follow the order of commits.

    Called after the rows themselves were written: whoever changes one of them next waits for
    this transaction, and so gets a higher version.
    """
    if not settings.ELASTICSEARCH_URL:
        return
    changes = [WahaTextChange(text_id=pk) for pk in pks]
    WahaTextChange.objects.using(DEFAULT_DB_ALIAS).bulk_create(changes, batch_size=1_000)
    hint("feed_search")


def _table() -> Any:
    # Written on the primary, also for messages that were read from a shard.
    return WahaMessageText.objects.using(DEFAULT_DB_ALIAS)
