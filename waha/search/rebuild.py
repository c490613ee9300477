"""Writes the words of all messages anew, and says where they are not what they should be."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.utils import timezone

from mercury.db.locks import Busy, named_lock
from mercury.db.retry import retried
from mercury.db.sharding import aliases
from waha import texts
from waha.models import (
    WahaArchivePlace,
    WahaMessage,
    WahaMessageArchive,
    WahaMessageText,
    WahaTextRebuild,
)
from waha.models.message import MessageQuerySet

logger = logging.getLogger(__name__)

LOCK = "search"
BATCH = 2_000
SLICE = 100_000
"""Messages that the schedule looks at in one go: half a minute."""

COLUMNS = (
    "id", "session_id", "chat_id", "created_at", "from_me", "type", "content", "extra",
    "sender_name", "media_name", "revoked_at",
)  # fmt: skip
Tell = Callable[[str], None]


@dataclass(slots=True)
class Progress:
    """What a run did: messages looked at, and words that it wrote or took away."""

    looked_at: int = 0
    written: int = 0
    removed: int = 0


def run(*, tell: Tell, anew: bool = False, most: int | None = None) -> Progress:
    """Bring the words of every message up to date, in use and archived, newest table first.

    Goes on where an earlier run was stopped, unless `anew`. Writes only what differs, so the
    product may run beside it, and a second run costs reading alone. Looks at `most` messages if
    told. Raises Busy while another run is under way.
    """
    done = Progress()
    with named_lock(LOCK) as check:
        if anew:
            WahaTextRebuild.objects.all().delete()
        rows = {
            name: WahaTextRebuild.objects.get_or_create(source=name)[0] for name, _ in sources()
        }
        for name, table in sources():
            row = rows[name]
            while row.finished_at is None and (most is None or done.looked_at < most):
                check()
                _batch(row, table, done)
                tell(f"{name}: {row.done:,} messages, {done.written:,} written.")
        if not WahaTextRebuild.objects.filter(finished_at=None).exists():
            done.removed = remove_orphans()
            # The next run begins from the start: this one has nothing left to go on with.
            WahaTextRebuild.objects.all().delete()
    return done


def go_on() -> None:
    """Do a slice of a rebuilding that an upgrade began, or a command that was stopped."""
    if not is_unfinished():
        return
    try:
        run(tell=logger.debug, most=SLICE)
    except Busy:
        logger.info("search is being rebuilt already")


def is_unfinished() -> bool:
    """Whether a rebuilding was begun and has not ended: search then lacks some messages."""
    return WahaTextRebuild.objects.filter(finished_at=None).exists()


def sources() -> Iterator[tuple[str, MessageQuerySet[Any]]]:
    """Every table of messages, by the name under which its progress is kept."""
    yield "messages", WahaMessage.objects.using(DEFAULT_DB_ALIAS)
    used = WahaArchivePlace.objects.values_list("shard", flat=True).distinct().order_by()
    for alias in sorted({DEFAULT_DB_ALIAS, *aliases(), *used}):
        yield f"archive in {alias}", WahaMessageArchive.objects.using(alias)


@retried()
@transaction.atomic
def _batch(row: WahaTextRebuild, table: MessageQuerySet[Any], done: Progress) -> None:
    """Do the next messages by id and move the resume point on, in one transaction.

    In use they are locked meanwhile: an edit comes before or after, never in between.
    """
    rows = table.filter(pk__gt=row.last_id).order_by("pk").only(*COLUMNS)
    if rows.db == DEFAULT_DB_ALIAS and connections[DEFAULT_DB_ALIAS].vendor == "mysql":
        rows = rows.select_for_update()
    found = list(rows[:BATCH])
    wrong = differing(found)
    texts.remove([pk for pk, _message in wrong])
    texts.record(message for _pk, message in wrong)
    done.looked_at += len(found)
    done.written += len(wrong)
    row.done += len(found)
    row.last_id = found[-1].pk if found else row.last_id
    row.finished_at = timezone.now() if len(found) < BATCH else None
    row.save(update_fields=["done", "last_id", "finished_at", "updated_at"])


def differing(messages: list[Any]) -> list[tuple[int, Any]]:
    """Messages whose stored words are missing or not what they should be."""
    stored = WahaMessageText.objects.using(DEFAULT_DB_ALIAS).in_bulk([each.pk for each in messages])
    wrong = []
    for message in messages:
        there = stored.get(message.pk)
        if not texts.is_searched(message):
            if there is not None:
                wrong.append((message.pk, message))
        elif there is None or _values(there) != _values(texts.of(message)):
            wrong.append((message.pk, message))
    return wrong


def _values(text: WahaMessageText) -> tuple[Any, ...]:
    return text.session_id, text.chat_id, text.created_at, text.from_me, text.type, text.words


def remove_orphans() -> int:
    """Take away words of messages that are nowhere any more; returns how many."""
    removed = 0
    for pks in _chunks_of_orphans():
        texts.remove(pks)
        removed += len(pks)
    return removed


def _chunks_of_orphans() -> Iterator[list[int]]:
    low = 0
    all_texts = WahaMessageText.objects.using(DEFAULT_DB_ALIAS).order_by("pk")
    while pks := list(all_texts.filter(pk__gt=low).values_list("pk", flat=True)[:BATCH]):
        low = pks[-1]
        gone = set(pks)
        for _name, table in sources():
            if gone:
                gone -= set(table.filter(pk__in=gone).values_list("pk", flat=True))
        if gone:
            yield sorted(gone)


def problems(*, tell: Tell = lambda words: None) -> list[str]:
    """What is wrong with the words, as sentences; nothing when they are what they should be.

    Reads every message and writes nothing: for `check_invariants`. What the product changes while
    it reads is looked at a second time before it counts.
    """
    found = []
    for name, table in sources():
        wrong = 0
        for chunk in _chunks(table):
            suspects = [pk for pk, _message in differing(chunk)]
            if suspects:
                again = list(table.filter(pk__in=suspects).only(*COLUMNS))
                wrong += len(differing(again))
        if wrong:
            found.append(
                f"{wrong:,} {name} have no words in search or wrong ones. "
                "Run `python manage.py rebuild_search`."
            )
        tell(f"{name}: looked at.")
    orphans = sum(len(pks) for pks in _chunks_of_orphans())
    if orphans:
        found.append(
            f"{orphans:,} messages are in search and nowhere else. "
            "Run `python manage.py rebuild_search`."
        )
    return found


def _chunks(table: MessageQuerySet[Any]) -> Iterator[list[Any]]:
    low = 0
    rows = table.order_by("pk").only(*COLUMNS)
    while chunk := list(rows.filter(pk__gt=low)[:BATCH]):
        yield chunk
        low = chunk[-1].pk
