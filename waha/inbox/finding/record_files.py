"""Files that hang on customers, companies, instructors and users, by their names."""

from collections.abc import Sequence
from typing import Any

from accounts.models import User
from attachments import panels
from attachments.models import Attachment
from mercury.ui import phones
from waha.inbox import stored_files
from waha.inbox.finding.marks import Piece
from waha.inbox.finding.rows import Named, Row
from waha.inbox.numbers import Number


def find(user: User, named: Named, numbers: Sequence[Number], most: int) -> list[Row]:
    """The newest first: one query, and one for each kind of record they hang on."""
    rows = stored_files.named(user, named).prefetch_related("record")
    return [_row(user, file, named) for file in rows[:most]]


def _row(user: User, file: Attachment, named: Named) -> Row:
    record: Any = file.record
    name = phones.text(file.display_name)
    return Row(
        named.marked(name),
        # A user's files have a page for themselves alone.
        file.get_absolute_url()
        if isinstance(record, User) and record.pk != user.pk
        else panels.page_of(record),
        name,
        icon="paperclip",
        detail=[Piece(str(record))],
        at=file.created_at,
    )
