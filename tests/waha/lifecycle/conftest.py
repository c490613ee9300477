"""Old messages, and a look at where each of them is."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from mercury.db import partitions
from mercury.db.partitions import Month
from waha.lifecycle import archive
from waha.models import (
    MessageStatus,
    WahaChat,
    WahaMessage,
    WahaMessageArchive,
    WahaMessageKey,
    whereabouts,
)

# Long past the six months, whenever the tests run.
OLD = Month.of(timezone.now()).plus(-9)
NOW_GRACE = timedelta(0)


def make_old(
    chat: WahaChat, count: int, *, month: Month = OLD, at: datetime | None = None, **values: Any
) -> list[WahaMessage]:
    """Messages of a chat, a minute apart from the start of a month on, each with its key."""
    start = at or month.start + timedelta(hours=1)
    rows = [
        WahaMessage(
            session_id=chat.session_id,
            chat_id=chat.pk,
            message_id=f"OLD{start:%Y%m%d%H%M%S}-{chat.pk}-{number:06d}",
            content=f"message {number} ✓ “quoted” 'n' back\\slash",
            status=MessageStatus.SENT if number % 2 else MessageStatus.RECEIVED,
            from_me=bool(number % 2),
            sender_id=chat.chat_id,
            created_at=start + timedelta(minutes=number),
            extra={"quote": {"text": f"é {number}", "from_me": False}} if number % 3 else {},
            **values,
        )
        for number in range(count)
    ]
    WahaMessage.objects.bulk_create(rows)
    WahaMessageKey.objects.bulk_create(
        WahaMessageKey(
            session_id=row.session_id,
            from_me=row.from_me,
            message_id=row.message_id,
            message_pk=row.pk,
            created_at=row.created_at,
        )
        for row in rows
    )
    WahaMessage.objects.filter(chat_id=chat.pk).update(
        updated_at=timezone.now() - timedelta(days=30)
    )
    chat.first_message_at = min(filter(None, (chat.first_message_at, start)))
    chat.save(update_fields=["first_message_at"])
    return rows


def run(**options: Any) -> archive.Run:
    """One whole run, without the wait for other processes' readers."""
    done = archive.run(
        **{"older_than": 6, "tell": lambda line: None, "grace": NOW_GRACE, **options}
    )
    whereabouts.forget()
    return done


def everywhere() -> Counter[int]:
    """How often each message is there, in both tables."""
    found = Counter(WahaMessage.objects.values_list("pk", flat=True))
    found.update(WahaMessageArchive.objects.values_list("pk", flat=True))
    return found


@pytest.fixture(autouse=True)
def whole_table() -> Iterator[None]:
    """Give months that a test freed their partitions back."""
    whereabouts.forget()
    yield
    whereabouts.forget()
    if partitions.supported(connection) and not connection.in_atomic_block:
        for back in range(14, 3, -1):
            partitions.ensure(connection, "waha_messages", Month.of(timezone.now()).plus(-back))
