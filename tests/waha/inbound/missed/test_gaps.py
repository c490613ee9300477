"""Where WAHA's history does not reach back to what we had, messages may be missing for good."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.waha.inbound.missed.reading import PEOPLE, read_all
from waha import syncs
from waha.gateway.simulator import Simulator
from waha.models import SyncState, WahaGap, WahaSession, WahaSync

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_waiting")]


def outage(number: WahaSession, minutes: int = 30) -> WahaSync:
    row = syncs.reconcile(session=number, outage_from=timezone.now() - timedelta(minutes=minutes))
    assert row is not None
    return row


def known_message(waha: Simulator, number: WahaSession, apply: Callable[[], None]) -> None:
    """A message from before the outage, which both sides have."""
    at = int((timezone.now() - timedelta(minutes=70)).timestamp())
    waha.say(PEOPLE[0], "Before", session="support", timestamp=at)
    apply()


def test_history_that_meets_what_we_had_leaves_no_gap(
    waha: Simulator, number: WahaSession, apply: Callable[[], None]
) -> None:
    known_message(waha, number, apply)
    outage(number)

    read_all()

    assert not WahaGap.objects.exists()


def test_history_that_begins_later_leaves_a_gap_until_its_first_message(
    waha: Simulator, number: WahaSession, apply: Callable[[], None]
) -> None:
    known_message(waha, number, apply)
    waha.session("support").messages.clear()
    first = timezone.now().replace(microsecond=0) - timedelta(minutes=5)
    waha.say(PEOPLE[1], "After", session="support", emit=False, timestamp=int(first.timestamp()))
    row = outage(number)

    read_all()

    gap = WahaGap.objects.get()
    assert (gap.begins_at, gap.ends_at, gap.chat) == (row.outage_from, first, None)


def test_routine_look_marks_no_gap(
    waha: Simulator, number: WahaSession, apply: Callable[[], None]
) -> None:
    known_message(waha, number, apply)
    waha.session("support").messages.clear()
    syncs.reconcile(session=number)

    read_all()

    assert not WahaGap.objects.exists()


def test_refused_history_after_an_outage_is_a_gap(waha: Simulator, number: WahaSession) -> None:
    waha.fault(path="*/chats/*", status=400, times=None)
    outage(number)

    read_all()

    assert WahaSync.objects.get().state == SyncState.FAILED
    assert WahaGap.objects.count() == 1
