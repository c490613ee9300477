"""Fills an empty schema with a company's chats by portable multi-row INSERT.

The same number of chats whatever the number of messages, sized by Zipf's law, over 24 months;
rows go in by time, as they would have come. Some 30,000 messages a second on MySQL.
"""

import json
import random
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from typing import Any, TypeVar

from django.db import connection, models
from django.utils import timezone

from accounts.models import User
from benchmarks.bodies import WORDS, contact
from mercury.db.ids import EPOCH_MS, RANDOM_BITS
from mercury.ops.seeding.factories import make_session, make_user
from waha.models import (
    ChatRead,
    MessageStatus,
    WahaChat,
    WahaMessage,
    WahaMessageKey,
    WahaSession,
)

SESSIONS, CHATS = 4, 20_000
DAYS = 700  # the table's oldest partition is 24 months back
ROWS = 1_000
CHUNK = 100_000
SEED = 20_26

Row = TypeVar("Row")


def filled(messages: int) -> User:
    """The user of a schema that has been filled before, or now."""
    if ChatRead.objects.exists():  # written last
        return User.objects.get(email="bench@example.com")
    return fill(messages)


def fill(messages: int) -> User:
    """Write everything and return the user who sees all numbers; says how fast it went."""
    user = make_user(email="bench@example.com", role="Agent")
    sessions = [make_session(owner=user, name=f"bench-{n}") for n in range(SESSIONS)]
    chats = Chats(sessions, user)
    started = time.perf_counter()
    with connection.cursor() as cursor:
        _while_loading(cursor, commits="0")
        for chunk in _chunks(chats.messages(messages), CHUNK):
            _insert(cursor, WahaMessage, [row for row, _key in chunk])
            _insert(cursor, WahaMessageKey, [key for _row, key in chunk])
        _insert(cursor, WahaChat, chats.rows())
        _insert(cursor, ChatRead, chats.reads())
        _while_loading(cursor, commits="1")
        if connection.vendor == "mysql":
            cursor.execute("ANALYZE TABLE waha_messages, waha_message_keys, waha_chats, chat_reads")
            cursor.fetchall()
    seconds = time.perf_counter() - started
    print(f"# {messages} messages in {seconds:.0f} s, {messages / seconds:.0f}/s", flush=True)
    return user


class Chats:
    """The chats and what the messages written so far make of their rows; chat 1 is the largest."""

    def __init__(self, sessions: Sequence[WahaSession], user: User) -> None:
        self.sessions = sessions
        self.user = user
        self.chance = random.Random(SEED)
        self.counts = [0] * CHATS
        self.incoming = [0] * CHATS
        self.first: list[datetime | None] = [None] * CHATS
        self.last: list[dict[str, Any] | None] = [None] * CHATS

    def messages(self, how_many: int) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """Rows of messages and of their keys, oldest first."""
        weights = list(accumulate(1 / rank for rank in range(1, CHATS + 1)))
        start = timezone.now().replace(microsecond=0) - timedelta(days=DAYS)
        step = timedelta(days=DAYS) / how_many
        picked = iter(())
        for number in range(how_many):
            if number % CHUNK == 0:
                picked = iter(
                    self.chance.choices(range(CHATS), cum_weights=weights, k=min(CHUNK, how_many))
                )
            yield self._message(next(picked), number, start + number * step)

    def _message(
        self, chat: int, number: int, at: datetime
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        from_me = number % 5 < 2
        pk = ((int(at.timestamp() * 1000) - EPOCH_MS) << RANDOM_BITS) | (number % 2**RANDOM_BITS)
        if not from_me:
            self.incoming[chat] += 1
        row = {
            "id": pk,
            "session_id": self.sessions[chat % SESSIONS].pk,
            "chat_id": chat + 1,
            "message_id": f"3EB0{number:018X}",
            "content": " ".join(WORDS[(number + i * 5) % len(WORDS)] for i in range(number % 15)),
            "status": MessageStatus.READ.value if from_me else MessageStatus.RECEIVED.value,
            "created_at": at,
            "wa_at": at,
            "from_me": from_me,
            "sent_by_id": self.user.pk if from_me else None,
            "sender_id": "" if from_me else contact(chat),
            "sender_name": "" if from_me else f"Customer {chat}",
            "in_seq": None if from_me else self.incoming[chat],
        }
        self.counts[chat] += 1
        self.first[chat] = self.first[chat] or at
        self.last[chat] = row
        key = {
            "session_id": row["session_id"],
            "from_me": from_me,
            "message_id": row["message_id"],
            "message_pk": pk,
            "created_at": at,
        }
        return row, key

    def rows(self) -> Iterator[dict[str, Any]]:
        """Rows of the chats, with the last line that the list shows."""
        for chat in range(CHATS):
            last = self.last[chat]
            yield {
                "id": chat + 1,
                "session_id": self.sessions[chat % SESSIONS].pk,
                "chat_id": contact(chat),
                "name": f"Customer {chat}",
                "first_message_at": self.first[chat],
                "last_message_at": last and last["created_at"],
                "last_message_pk": last and last["id"],
                "last_message_preview": last["content"] if last else "",
                "last_message_type": "text" if last else "",
                "last_message_from_me": bool(last and last["from_me"]),
                "last_message_status": last["status"] if last else "",
                "in_seq": self.incoming[chat],
                "read_floor": self._read(chat),
            }

    def reads(self) -> Iterator[dict[str, Any]]:
        """The user has read all but one chat of twenty to its end, and nobody has read further."""
        for chat in range(CHATS):
            yield {
                "id": chat + 1,
                "chat_id": chat + 1,
                "user_id": self.user.pk,
                "read_seq": self._read(chat),
            }

    def _read(self, chat: int) -> int:
        return max(0, self.incoming[chat] - (2 if chat % 20 == 0 else 0))


def _insert(cursor: Any, model: type[models.Model], rows: Iterable[dict[str, Any]]) -> None:
    """Insert rows of a model; a column they do not name gets its field's default."""
    fields = [field for field in model._meta.local_concrete_fields if field.column]
    now = timezone.now()
    defaults = [_literal(_default(field, now)) for field in fields]
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    attributes = [field.attname for field in fields]
    head = f"INSERT INTO {model._meta.db_table} ({names}) VALUES "  # noqa: S608
    for chunk in _chunks(iter(rows), ROWS):
        lines = (
            "(" + ",".join(
                _literal(row[name]) if name in row else default
                for name, default in zip(attributes, defaults, strict=True)
            ) + ")"
            for row in chunk
        )  # fmt: skip
        cursor.execute(head + ",".join(lines))


def _default(field: Any, now: datetime) -> Any:
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return now
    return field.get_default()


def _literal(value: Any) -> str:
    """A value of ours as SQL that every database reads; no input from outside comes here."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime):
        return f"'{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}'"
    text = value if isinstance(value, str) else json.dumps(value)
    return "'" + text.replace("'", "''") + "'"


def _while_loading(cursor: Any, *, commits: str) -> None:
    if connection.vendor == "mysql":
        cursor.execute(f"SET GLOBAL innodb_flush_log_at_trx_commit = {commits}")


def _chunks(rows: Iterator[Row], size: int) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, size)):
        yield chunk
