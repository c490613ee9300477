"""Lines in a thread over times of which WAHA has no history: something may be missing there."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone

from accounts.models import User
from waha.inbox.bubbles import Bubble, Gap
from waha.models import MessageFields, WahaGap

if TYPE_CHECKING:
    from waha.inbox.open_chat import Chat


def mark(
    user: User,
    chat: "Chat",
    shown: Sequence[Bubble],
    rows: Sequence[MessageFields],
    until: datetime | None = None,
) -> None:
    """Put each gap under the last message before its end; `until` is where the next page begins.

    One query, and that only for a number that has gaps at all.
    """
    if not rows or not chat.number.has_gaps:
        return
    found = WahaGap.objects.visible_to(user).over(
        chat.number.pk, chat.pk, rows[0].created_at, until or timezone.now()
    )
    for gap in found:
        above = [
            each for each, row in zip(shown, rows, strict=True) if row.created_at < gap.ends_at
        ]
        if above:
            above[-1].gap_below = Gap(gap.begins_at, gap.ends_at)
