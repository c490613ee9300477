"""The journal in figures, as its pages draw it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from accounts.models import User
from mercury.ui import phones
from waha.inbound import hours
from waha.inbound.hours import Tally
from waha.models import EventState, Level, WahaEvent, WahaSession
from waha.models.sharing import session_ids

DEAD_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Line:
    """A number and its last day."""

    pk: int
    name: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class Dead:
    pk: int
    event: str
    at: datetime
    attempts: int
    reason: str


@dataclass(frozen=True, slots=True)
class Overview:
    lines: list[Line]
    total: Tally


@dataclass(frozen=True, slots=True)
class Number:
    hours: list[tuple[datetime, Tally]]
    total: Tally
    dead: list[Dead]


def of_all(user: User) -> Overview:
    """The numbers `user` manages; three queries however many there are."""
    sessions = list(WahaSession.objects.visible_to(user, Level.MANAGE))
    sums = hours.totals(hours.read([session.pk for session in sessions]))
    total = Tally()
    for tally in sums.values():
        total.take(tally)
    lines = [Line(session.pk, phones.name(str(session)), sums[session.pk]) for session in sessions]
    return Overview(lines, total)


def of_one(user: User, session: WahaSession) -> Number:
    """One number by the hour, newest first, and what died of it, whenever that was."""
    found = hours.read([session.pk])
    shown = dead(user, session).order_by("-pk").defer("body")[:DEAD_SHOWN]
    return Number(
        hours=sorted(found[session.pk].items(), reverse=True),
        total=hours.totals(found)[session.pk],
        dead=[
            Dead(row.pk, row.event, row.received_at, row.attempts, phones.name(row.last_error))
            for row in shown
        ],
    )


def dead(user: User, session: WahaSession) -> QuerySet[WahaEvent]:
    """The events of a number that could not be applied, for those who manage it."""
    return WahaEvent.objects.filter(
        session_id__in=set(session_ids(user, Level.MANAGE)) & {session.pk}, state=EventState.DEAD
    )
