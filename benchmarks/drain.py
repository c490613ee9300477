"""(b) Draining a backlog, against a bare mysqlclient loop that writes the same messages.

The loop knows everything beforehand: it parses nothing, finds no chat, counts no unread, tells
no screen and marks no event. Batches of 100: messages, keys, one UPDATE of the chat a message.
"""

import random
import statistics
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import count
from typing import Any

from django.db import connection
from django.utils import timezone

from benchmarks import bodies
from benchmarks.report import Figure
from mercury.db.ids import new_id
from mercury.ops.seeding.factories import make_session
from waha.inbound import drain
from waha.models import EventState, WahaChat, WahaEvent, WahaMessage, WahaMessageKey, WahaSession

BACKLOG, SESSIONS, CHATS, ROUNDS = 20_000, 4, 400, 3
BATCH = 100
SEED = 20_26

Row = tuple[Any, ...]


def run() -> list[Figure]:
    """Alternate between the two on the same server and compare the medians."""
    sessions = [
        make_session(name=f"bench-drain-{number}", phone=bodies.OWN_PHONE)
        for number in range(SESSIONS)
    ]
    chance = random.Random(SEED)
    numbers = count(1)
    make_chats(sessions, numbers)
    _make_bare_tables()
    ratios = []
    rates = []
    for _ in range(ROUNDS):
        mine = drained(sessions, chance, numbers)
        theirs = _bare(sessions, chance, numbers)
        ratios.append(mine / theirs)
        rates.append((mine, theirs))
    mine, theirs = (statistics.median(column) for column in zip(*rates, strict=True))
    return [
        Figure(
            f"drain of {BACKLOG} messages / bare loop", statistics.median(ratios), 0.3, least=True,
            detail=f"{mine:.0f}/s : {theirs:.0f}/s, rounds {min(ratios):.2f}–{max(ratios):.2f}",
        )
    ]  # fmt: skip


def make_chats(sessions: Sequence[WahaSession], numbers: Iterator[int]) -> None:
    """Let every chat exist on both sides, and everything be loaded once."""
    _journal([(session, chat) for session in sessions for chat in range(CHATS)], numbers)
    _drain()
    assert WahaChat.objects.filter(session__in=sessions).count() == SESSIONS * CHATS


def drained(sessions: Sequence[WahaSession], chance: random.Random, numbers: Any) -> float:
    before = WahaMessage.objects.count()
    work = [(chance.choice(sessions), chance.randrange(CHATS)) for _ in range(BACKLOG)]
    _journal(work, numbers)
    started = time.perf_counter()
    _drain()
    seconds = time.perf_counter() - started
    assert WahaMessage.objects.count() - before == BACKLOG
    assert not WahaEvent.objects.exclude(state=EventState.DONE).exists()
    return BACKLOG / seconds


def _drain() -> None:
    while drain.drain_all():
        pass


def _journal(work: Sequence[tuple[WahaSession, int]], numbers: Iterator[int]) -> None:
    now = timezone.now()
    events = []
    for (session, chat), number in zip(work, numbers, strict=False):
        body = bodies.message(session=session.name, chat=chat, number=number, at=now)
        events.append(
            WahaEvent(
                session=session, event="message", envelope_id=f"evt_{number:026d}",
                request_id=f"request-{number}", body=body,
            )
        )  # fmt: skip
    WahaEvent.objects.bulk_create(events, batch_size=1_000)


def _make_bare_tables() -> None:
    with connection.cursor() as cursor:
        for table in ("waha_messages", "waha_message_keys", "waha_chats"):
            cursor.execute(f"DROP TABLE IF EXISTS bench_{table}")
            cursor.execute(f"CREATE TABLE bench_{table} LIKE {table}")
        cursor.execute("INSERT INTO bench_waha_chats SELECT * FROM waha_chats")


def _columns(model: Any) -> list[str]:
    return [f"`{field.column}`" for field in model._meta.local_concrete_fields if field.column]


def _values(row: Any) -> Row:
    return tuple(
        field.get_db_prep_save(getattr(row, field.attname), connection)
        for field in row._meta.local_concrete_fields
        if field.column
    )


def _insert(model: Any) -> str:
    columns = _columns(model)
    marks = ", ".join(["%s"] * len(columns))
    table = f"bench_{model._meta.db_table}"
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608


def _bare(sessions: Sequence[WahaSession], chance: random.Random, numbers: Any) -> float:
    messages, keys, chats = _prepared(sessions, chance, numbers)
    insert_message, insert_key = _insert(WahaMessage), _insert(WahaMessageKey)
    update = (
        "UPDATE bench_waha_chats SET last_message_at = %s, last_message_pk = %s,"
        " last_message_preview = %s, in_seq = in_seq + 1, updated_at = %s WHERE id = %s"
    )
    connection.close()
    connection.ensure_connection()
    driver = connection.connection
    driver.autocommit(False)
    started = time.perf_counter()
    with driver.cursor() as cursor:
        for at in range(0, BACKLOG, BATCH):
            cursor.executemany(insert_message, messages[at : at + BATCH])
            cursor.executemany(insert_key, keys[at : at + BATCH])
            for values in chats[at : at + BATCH]:
                cursor.execute(update, values)
            driver.commit()
    seconds = time.perf_counter() - started
    connection.close()
    return BACKLOG / seconds


def _prepared(
    sessions: Sequence[WahaSession], chance: random.Random, numbers: Iterator[int]
) -> tuple[list[Row], list[Row], list[Row]]:
    """Rows as the driver takes them, made before the clock starts."""
    chats = list(WahaChat.objects.filter(session__in=sessions).values_list("pk", "session_id"))
    now = timezone.now()
    messages, keys, updates = [], [], []
    for number in (next(numbers) for _ in range(BACKLOG)):
        chat, session = chance.choice(chats)
        at = now + timedelta(milliseconds=number % 1000)
        raw = f"3EB0{number:018X}"
        row = WahaMessage(
            id=new_id(), session_id=session, chat_id=chat, message_id=raw, status="received",
            content="thanks please order tomorrow", created_at=at, updated_at=now, wa_at=at,
            sender_id=bodies.contact(chat), sender_name=f"Customer {chat}", in_seq=number,
        )  # fmt: skip
        key = WahaMessageKey(
            session_id=session, from_me=False, message_id=raw, message_pk=row.pk, created_at=at
        )
        messages.append(_values(row))
        keys.append(_values(key))
        moment = connection.ops.adapt_datetimefield_value(at)
        updates.append((moment, row.pk, row.content, moment, chat))
    return messages, keys, updates
