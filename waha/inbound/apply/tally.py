"""What a batch does to the row of a chat: its unread number and its last line."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from waha.inbound.apply.preview import preview
from waha.models import ChatState, MessageFields, WahaChat


class StaleBatch(Exception):
    """A row was changed between reading and writing; the whole unit is to be run again."""


SET = (
    "in_seq",
    "first_message_at",
    "last_message_at",
    "last_message_pk",
    "last_message_preview",
    "last_message_type",
    "last_message_from_me",
    "last_message_sender",
    "last_message_status",
)
NAME = ("name", "named_at")
# One statement a chat. What it was read with is the condition, so no lock is held meanwhile.
UPDATE = (
    "UPDATE waha_chats SET "  # noqa: S608  # our own column names, no input
    + ", ".join(f"{column} = %s" for column in SET + NAME)
    + ", state = %s, archived_at = %s, updated_at = %s"
    " WHERE id = %s AND in_seq = %s AND last_message_pk "
)


@dataclass(slots=True)
class Tally:
    """The new values of one chat's row, and the old ones it was read with."""

    chat: WahaChat
    in_seq: int
    first_message_at: datetime | None
    last_message_at: datetime | None
    last_message_pk: int | None
    last_message_preview: str
    last_message_type: str
    last_message_from_me: bool
    last_message_sender: str
    last_message_status: str
    read_in_seq: int
    read_last_pk: int | None
    counted: bool = False
    changed: bool = False

    @classmethod
    def of(cls, chat: WahaChat) -> "Tally":
        """Start with the chat as it was read."""
        values = {name: getattr(chat, name) for name in SET}
        return cls(chat=chat, read_in_seq=chat.in_seq, read_last_pk=chat.last_message_pk, **values)

    def consider(self, row: MessageFields) -> None:
        """Let a message be the chat's first or last one if it is."""
        self.changed = True
        at = row.created_at
        if self.first_message_at is None or at < self.first_message_at:
            self.first_message_at = at
        if self.last_message_at is not None and (at, row.pk) < (
            self.last_message_at,
            self.last_message_pk or 0,
        ):
            return
        self.last_message_at, self.last_message_pk = at, row.pk
        self.last_message_type = row.type
        self.last_message_from_me = row.from_me
        self.last_message_sender = row.sender_name
        self.rewrite(preview(row.type, row.content, row.media_name, row.extra), row.status)

    def rewrite(self, line: str, status: str) -> None:
        """Change the last line without another message having come."""
        self.changed = True
        self.last_message_preview = line
        self.last_message_status = status


def write_tallies(tallies: Iterable[Tally], *, now: datetime) -> None:
    """Write the chats that changed, in the order of their ids so that writers do not cross.

    Raises StaleBatch when one of them is no longer as it was read.
    """
    moment = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        for tally in sorted(tallies, key=lambda each: each.chat.pk):
            if not tally.changed:
                continue
            chat = tally.chat
            values = [getattr(tally, name) for name in SET]
            values[1:3] = [moment(tally.first_message_at), moment(tally.last_message_at)]
            values += [chat.name, moment(chat.named_at)]
            # A new message brings a chat back that was put away.
            state = ChatState.OPEN.value if tally.counted else chat.state
            archived_at = None if tally.counted else moment(chat.archived_at)
            known = [chat.pk, tally.read_in_seq]
            if tally.read_last_pk is not None:
                known.append(tally.read_last_pk)
            condition = "IS NULL" if tally.read_last_pk is None else "= %s"
            cursor.execute(UPDATE + condition, [*values, state, archived_at, moment(now), *known])
            if cursor.rowcount != 1:
                raise StaleBatch(f"Chat {chat.pk} was changed meanwhile.")
