"""The rows that a batch of events reads and writes, gathered so that each costs few queries.

Events change objects in memory, one after the other; `flush` then writes them in bulk. No row
is locked meanwhile: chats are written with the values they were read with as a condition, and
StaleBatch makes the caller run the whole unit again when somebody was faster.
"""

import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone

from mercury.celery import hint
from mercury.db.ids import EPOCH_MS, RANDOM_BITS
from waha import texts, updates
from waha.inbound.apply.chats import ChatBook, Sighting
from waha.inbound.apply.origin import Origin
from waha.inbound.apply.preview import REVOKED, preview
from waha.inbound.apply.tally import Tally, write_tallies
from waha.models import (
    ERASED,
    MediaState,
    MessageFields,
    MessageStatus,
    MessageType,
    OutboxState,
    UpdateKind,
    WahaChat,
    WahaMedia,
    WahaMessage,
    WahaMessageKey,
    WahaOutbox,
    WahaSession,
    WahaUpdate,
    whereabouts,
)
from waha.models.message import STATUS_RANK, MessageQuerySet

Key = tuple[bool, str]


class Batch:
    """The working set of one transaction on one session."""

    def __init__(
        self,
        session: WahaSession,
        *,
        raw_ids: Iterable[str],
        sightings: Iterable[Sighting],
        origin: Origin = Origin.LIVE,
    ) -> None:
        self.session = session
        self.origin = origin
        self.now = timezone.now()
        self.book = ChatBook(session, sightings)
        self.keys: dict[Key, tuple[int, datetime]] = {}
        self.messages: dict[int, MessageFields] = {}
        self.new: list[WahaMessage] = []
        self.media: list[WahaMedia] = []
        self.tallies: dict[int, Tally] = {}
        self.updates: dict[tuple[str, int | None, int], WahaUpdate] = {}
        self._statuses: dict[int, str] = {}
        self._columns: dict[int, set[str]] = defaultdict(set)
        self._last_pk: dict[int, int] = {}
        self._new_pks: set[int] = set()
        self._at_the_end: list[Callable[[], object]] = []
        self._sends: dict[int, list[WahaOutbox]] | None = None
        for pk in self.book.named:
            self.tally(pk).changed = True
        for pk in self.book.renamed:
            self.note(UpdateKind.CHAT, pk, pk)
        self._load_keys(set(raw_ids))

    def _load_keys(self, raw_ids: set[str]) -> None:
        if not raw_ids:
            return
        keys = WahaMessageKey.objects.filter(
            session=self.session, from_me__in=(False, True), message_id__in=raw_ids
        ).values_list("from_me", "message_id", "message_pk", "created_at")
        wanted: dict[int, datetime] = {}
        for from_me, raw_id, pk, created_at in keys:
            self.keys[from_me, raw_id] = (pk, created_at)
            wanted[pk] = created_at
        if wanted:
            self._load_messages(wanted)
            self.book.load({row.chat_id for row in self.messages.values()})

    def _load_messages(self, wanted: dict[int, datetime]) -> None:
        """Load rows from the archive, once its gate is passed, and else from the table in use."""
        old = {pk: at for pk, at in wanted.items() if whereabouts.is_old(at)}
        if old:
            months = whereabouts.pass_gate()
            gone = {pk: at for pk, at in old.items() if months.holds(at)}
            self._load_from(whereabouts.archive_for_writing(self.session.pk), gone)
        # Also what came late for an archived month and has not followed it yet.
        self._load_from(
            WahaMessage.objects.all(),
            {pk: at for pk, at in wanted.items() if pk not in self.messages},
        )

    def _load_from(self, table: MessageQuerySet[Any], wanted: dict[int, datetime]) -> None:
        if wanted:
            times = wanted.values()
            rows = table.filter(pk__in=wanted, created_at__range=(min(times), max(times)))
            self.messages |= {row.pk: row for row in rows}

    # -- finding

    def knows(self, from_me: bool, raw_id: str) -> bool:
        """Return whether we have that message, here or in the archive."""
        return (from_me, raw_id) in self.keys

    def message(self, from_me: bool, raw_id: str) -> MessageFields | None:
        """Return the message's row, archived or not; None when unknown or deleted for good."""
        key = self.keys.get((from_me, raw_id))
        row = self.messages.get(key[0]) if key else None
        # What an erased person said among others stays blank, whatever still comes of it.
        return None if row is not None and row.sender_id == ERASED else row

    def chat_of(self, row: MessageFields) -> WahaChat:
        """Return the chat of a row of this batch."""
        return self.book.chats[row.chat_id]

    def next_pk(self, seen_at: datetime) -> int:
        """Return a message id by the time WAHA saw the message.

        WhatsApp's times have whole seconds, so the id decides the order within one; parallel
        webhooks overtake each other, so the order of arrival would be wrong.
        """
        milliseconds = int(seen_at.timestamp() * 1000) - EPOCH_MS
        last = self._last_pk.get(milliseconds)
        if last is None:
            pk = (milliseconds << RANDOM_BITS) | secrets.randbits(RANDOM_BITS - 1)
        else:
            pk = last + 1 + secrets.randbits(6)
        self._last_pk[milliseconds] = pk
        return pk

    def open_sends(self, chat_pk: int) -> list[WahaOutbox]:
        """Return the sends of a chat that have begun and not ended, oldest first."""
        if self._sends is None:
            self._sends = defaultdict(list)
            begun = (OutboxState.SENDING, OutboxState.UNKNOWN)
            for send in WahaOutbox.objects.filter(session=self.session, state__in=begun).order_by(
                "pk"
            ):
                self._sends[send.chat_id].append(send)
        return self._sends.get(chat_pk, [])

    # -- changing

    def add(self, row: WahaMessage) -> None:
        """Take a new message in: its key, its number among the unread, the chat's last line."""
        self.new.append(row)
        self._new_pks.add(row.pk)
        self.messages[row.pk] = row
        self.keys[row.from_me, row.message_id] = (row.pk, row.created_at)
        tally = self.tally(row.chat_id)
        news = not row.from_me and row.type != MessageType.SYSTEM
        if news and self.origin.counts(row.created_at, tally.last_message_at):
            tally.in_seq += 1
            tally.counted = True
            row.in_seq = tally.in_seq
        tally.consider(row)
        if self.origin is Origin.IMPORTED:
            # Thousands at once: an open chat shows them when it is read again.
            self.note(UpdateKind.CHAT, row.chat_id, row.chat_id)
            return
        self.note(
            UpdateKind.MESSAGE,
            row.chat_id,
            row.pk,
            from_me=row.from_me,
            incoming=row.in_seq is not None,
        )

    def raise_status(self, row: MessageFields, status: str) -> bool:
        """Move the status up, never down; return whether it moved."""
        if STATUS_RANK[status] <= STATUS_RANK[row.status]:
            return False
        row.status = status
        if row.pk not in self._new_pks:
            self._statuses[row.pk] = status
        if row.error and STATUS_RANK[status] >= STATUS_RANK[MessageStatus.SENT]:
            row.error = ""  # what went wrong is disproved
            self._columns[row.pk].add("error")
        self._touch(row)
        return True

    def change(self, row: MessageFields, *columns: str) -> None:
        """Write these columns of a message that was changed in memory."""
        self._columns[row.pk].update(columns)
        self._touch(row)

    def fetch(self, row: MessageFields, path: str) -> None:
        """Have the file of a message fetched."""
        self.media.append(
            WahaMedia(
                session_id=row.session_id,
                chat_id=row.chat_id,
                message_id=row.pk,
                message_created_at=row.created_at,
                path=path,
            )
        )

    def fetch_again(self, row: MessageFields, path: str) -> None:
        """Have a file fetched that another copy of the message brought an address for."""
        for waiting in self.media:
            if waiting.message_id == row.pk:
                waiting.path = path
                return
        known = WahaMedia.objects.filter(message_id=row.pk).exclude(state=MediaState.STORED)
        if known.update(path=path, state=MediaState.PENDING, due_at=self.now, attempts=0):
            return
        if not WahaMedia.objects.filter(message_id=row.pk).exists():
            self.fetch(row, path)

    def at_the_end(self, action: Callable[[], object]) -> None:
        """Do something last, because it locks a row that others wait for."""
        self._at_the_end.append(action)

    def note(
        self,
        kind: UpdateKind,
        chat_pk: int | None,
        ref: int,
        *,
        from_me: bool = False,
        incoming: bool = False,
    ) -> None:
        """Tell the screens, once a batch for each thing changed."""
        self.updates.setdefault(
            (kind, chat_pk, ref),
            WahaUpdate(
                session_id=self.session.pk,
                chat_id=chat_pk,
                kind=kind,
                ref=ref,
                from_me=from_me,
                incoming=incoming,
            ),
        )

    def tally(self, chat_pk: int) -> Tally:
        """Return what the batch does to a chat's row."""
        if chat_pk not in self.tallies:
            self.tallies[chat_pk] = Tally.of(self.book.chats[chat_pk])
        return self.tallies[chat_pk]

    def _touch(self, row: MessageFields) -> None:
        """Keep the chat's last line true and tell the screens."""
        tally = self.tally(row.chat_id)
        if tally.last_message_pk == row.pk:
            line = REVOKED if row.revoked_at else _preview(row)
            tally.rewrite(line, row.status)
        if (UpdateKind.MESSAGE, row.chat_id, row.pk) not in self.updates:
            self.note(UpdateKind.CHANGE, row.chat_id, row.pk, from_me=row.from_me)

    # -- writing

    def flush(self) -> None:
        """Write everything. Raises StaleBatch when a chat was changed meanwhile."""
        if any(whereabouts.is_old(row.created_at) for row in self.new):
            # An import: no month may be freed while rows for it are on their way in.
            whereabouts.pass_gate()
        WahaMessage.objects.bulk_create(self.new)
        WahaMessageKey.objects.bulk_create(
            WahaMessageKey(
                session_id=row.session_id,
                from_me=row.from_me,
                message_id=row.message_id,
                message_pk=row.pk,
                created_at=row.created_at,
            )
            for row in self.new
        )
        texts.record(self.new)
        if self.media:
            WahaMedia.objects.bulk_create(self.media)
            hint("fetch_media")
        self._flush_statuses()
        for pk, columns in self._columns.items():
            if columns and pk not in self._new_pks:
                row = self.messages[pk]
                row.stored().update(**{column: getattr(row, column) for column in columns})
        texts.rewrite([self.messages[pk] for pk in self._columns if self._columns[pk] & texts.FED])
        write_tallies(self.tallies.values(), now=self.now)
        for action in self._at_the_end:
            action()
        updates.record_many(self.updates.values())

    def _flush_statuses(self) -> None:
        """Raise statuses by one UPDATE each; the condition keeps what others raised higher."""
        by_status: dict[tuple[str, bool], list[MessageFields]] = defaultdict(list)
        for pk, status in self._statuses.items():
            row = self.messages[pk]
            by_status[status, row.is_archived].append(row)
        for (status, _archived), rows in by_status.items():
            times = [row.created_at for row in rows]
            lower = [each for each, rank in STATUS_RANK.items() if rank < STATUS_RANK[status]]
            rows[0].table().filter(
                pk__in=[row.pk for row in rows],
                created_at__range=(min(times), max(times)),
                status__in=lower,
            ).update(status=status)


def _preview(row: MessageFields) -> str:
    return preview(row.type, row.content, row.media_name, row.extra)
