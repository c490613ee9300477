"""Lines in a thread over times of which WAHA has no history: something may be missing there."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone

from accounts.models import User
from waha.inbox.entries import Entry, Gap
from waha.models import WahaGap

if TYPE_CHECKING:
    from waha.inbox.open_chat import Chat


def mark(
    user: User,
    chat: "Chat",
    shown: Sequence[Entry],
    until: datetime | None = None,
) -> None:
    """Put each gap under the last entry before its end; `until` is where the next page begins.

    One query, and that only for a number that has gaps at all.
    """
    if not shown or not chat.number.has_gaps:
        return
    found = WahaGap.objects.visible_to(user).over(
        chat.number.pk, chat.pk, shown[0].at, until or timezone.now()
    )
    for gap in found:
        above = [each for each in shown if each.at < gap.ends_at]
        if above:
            above[-1].gap_below = Gap(gap.begins_at, gap.ends_at)
