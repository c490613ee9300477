"""The states a number was in, each with how long it lasted."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from mercury.db import keyset
from mercury.db.keyset import Cursor, Page
from waha.models import WahaSession, WahaSessionState
from waha.numbers import advice
from waha.sessions import STATUSES

PAGE = 50


@dataclass(frozen=True, slots=True)
class StateRow:
    """One line of the list; `seconds` is None for a state whose end is on an earlier page."""

    state: str
    label: str
    at: datetime
    seconds: float | None
    is_now: bool
    heard: bool


@dataclass(frozen=True, slots=True)
class StatePage:
    """One page of states and the cursor of the next one."""

    rows: list[StateRow]
    next: Cursor | None


def page(session: WahaSession, cursor: Cursor | None) -> StatePage:
    """One page, newest first; one query."""
    rows = WahaSessionState.objects.filter(session=session)
    found: Page[WahaSessionState] = keyset.page(rows, "at", cursor, PAGE)
    ends = [cursor.at if cursor else None, *(row.at for row in found.rows)]
    now = timezone.now()
    return StatePage(
        [_row(row, end, now) for row, end in zip(found.rows, ends, strict=False)], found.next
    )


def _row(row: WahaSessionState, end: datetime | None, now: datetime) -> StateRow:
    status = STATUSES.get(row.waha_status)
    return StateRow(
        state=status.value if status else "stopped",
        label=str(
            advice.STATES.get(row.waha_status) or (status.label if status else row.waha_status)
        ),
        at=row.at,
        seconds=((end or now) - row.at).total_seconds(),
        is_now=end is None,
        heard=row.heard,
    )
