"""Events of another account than the number's own, kept aside until a person has decided."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from mercury.celery import hint
from waha.inbound import journal
from waha.models import EventState, WahaEvent, WahaSession
from waha.sessions import is_stranger

DROPPED = "It belongs to another WhatsApp account that was connected by mistake."


def mark(address: str) -> str:
    """Return what an event of the account `address` waits for."""
    return f"{journal.ACCOUNT}{address}"


def held(session: WahaSession) -> "QuerySet[WahaEvent]":
    """Events of other accounts that wait for a decision."""
    return WahaEvent.objects.filter(
        session=session, state=EventState.PARKED, waiting_for__startswith=journal.ACCOUNT
    )


def let_in(session: WahaSession, address: str) -> int:
    """Apply what waited for the account to be taken for the number's own."""
    count = (
        held(session)
        .filter(waiting_for=mark(address))
        .update(state=EventState.NEW, waiting_for=None, due_at=journal.now())
    )
    hint("drain")
    return count


def settle(session: WahaSession, *, as_of: datetime) -> None:
    """Decide without a person once the number's own account is connected as it was before.

    What waited for that account is applied. What another one brought until `as_of` is left
    out: whoever put the right phone back has decided. Costs a query where nothing waits.
    """
    waiting = held(session).values_list("waiting_for", flat=True).distinct()
    for mark_of in [each for each in waiting if each]:
        address = mark_of.removeprefix(journal.ACCOUNT)
        if is_stranger(session, address):
            _leave(held(session).filter(waiting_for=mark_of, received_at__lte=as_of))
        else:
            let_in(session, address)


def drop(session: WahaSession) -> int:
    """Leave what waited unapplied; it stays in the journal as long as everything does."""
    return _leave(held(session))


def _leave(events: "QuerySet[WahaEvent]") -> int:
    return events.update(
        state=EventState.DONE, waiting_for=None, processed_at=timezone.now(), last_error=DROPPED
    )
