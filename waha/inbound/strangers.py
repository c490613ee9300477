"""Events of another account than the number's own, kept aside until a person has decided."""

from django.db.models import QuerySet
from django.utils import timezone

from mercury.celery import hint
from waha.inbound import journal
from waha.models import EventState, WahaEvent, WahaSession

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


def drop(session: WahaSession) -> int:
    """Leave what waited unapplied; it stays in the journal as long as everything does."""
    return held(session).update(
        state=EventState.DONE, waiting_for=None, processed_at=timezone.now(), last_error=DROPPED
    )
