"""Columns of ours that were added to tables with rows in them."""

from django.db.models import F, OuterRef, QuerySet, Subquery

from mercury.db.backfill import Backfill
from waha.models import ChatRead, WahaChat


def reads_behind() -> QuerySet[ChatRead]:
    """Reads from before waha.0009 that are behind the floor and do not say so."""
    return ChatRead.objects.filter(is_behind=False, read_seq__lt=F("chat__read_floor"))


def mark_behind(rows: QuerySet[ChatRead]) -> int:
    # The floor by a subquery: MySQL updates no table that the condition joins.
    floor = WahaChat.objects.filter(pk=OuterRef("chat_id")).values("read_floor")[:1]
    return rows.filter(is_behind=False, read_seq__lt=Subquery(floor)).update(is_behind=True)


READS_BEHIND = Backfill(
    name="chat_reads.is_behind",
    why="Finds the unread chats of people who are behind others (since waha.0009).",
    missing=reads_behind,
    fill=mark_behind,
)
