"""Another account under a number's name: kept aside, asked about, decided."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from tests.fixtures.simulator import SUPPORT
from tests.waha.inbound.bodies import event_row, text
from waha import hookup, sessions
from waha.gateway.simulator import Simulator
from waha.inbound import drain, strangers, sync
from waha.models import (
    WahaMessage,
    WahaServer,
    WahaSession,
)
from waha.numbers import pairing

pytestmark = pytest.mark.django_db

STRANGER = "447700900777"


@pytest.fixture
def waha(server: WahaServer, number: WahaSession) -> Iterator[Simulator]:
    """A WAHA with the number `support`, set up as we want it and in order until now."""
    with Simulator(api_key=settings.WAHA_API_KEY, sessions=(SUPPORT,), speed=50) as simulator:
        server.url = simulator.url
        server.save(update_fields=["url"])
        number.server = server
        known = simulator.session("support").config
        simulator.session("support").config = hookup.config(number, known)
        at = timezone.now() - timedelta(minutes=2)
        sessions.apply_status(session=number, waha_status="WORKING", at=at)
        WahaSession.objects.update(last_synced_at=at, reconciled_to=at)
        number.refresh_from_db()
        yield simulator


def test_another_account_is_stopped_and_asked_about(waha: Simulator, number: WahaSession) -> None:
    waha.session("support").phone = STRANGER

    sync.sync_sessions()  # notices
    sync.sync_sessions()  # stops

    number.refresh_from_db()
    assert (number.stranger_id, number.phone) == (f"{STRANGER}@c.us", "+447700900001")
    assert waha.session("support").status == "STOPPED"


def test_messages_of_another_account_do_not_mix(number: WahaSession) -> None:
    ours, theirs = text("A1", "Ours"), text("B1", "Theirs")
    theirs["me"] = {"id": f"{STRANGER}@c.us"}
    for envelope in (ours, theirs):
        event_row(number, envelope)

    drain.drain_all()

    assert WahaMessage.objects.get().content == "Ours"
    assert strangers.held(number).count() == 1


@pytest.mark.parametrize(("answer", "kept"), [("adopt", ["Theirs"]), ("turn_away", [])])
def test_person_decides_what_becomes_of_another_account(
    waha: Simulator, number: WahaSession, answer: str, kept: list[str]
) -> None:
    envelope = text("B1", "Theirs")
    envelope["me"] = {"id": f"{STRANGER}@c.us"}
    event_row(number, envelope)
    drain.drain_all()
    WahaSession.objects.update(stranger_id=f"{STRANGER}@c.us")
    number.refresh_from_db()

    getattr(pairing, answer)(session=number, by=number.user)
    drain.drain_all()

    number.refresh_from_db()
    adopted = answer == "adopt"
    assert list(WahaMessage.objects.values_list("content", flat=True)) == kept
    assert (number.phone == f"+{STRANGER}", number.stranger_id) == (adopted, "")
    assert strangers.held(number).count() == 0
    assert waha.session("support").paired == adopted


def test_right_account_that_comes_back_by_itself_decides(
    waha: Simulator, number: WahaSession
) -> None:
    for raw_id, words, account in (("B1", "Theirs", STRANGER), ("A1", "Ours", "447700900001")):
        envelope = text(raw_id, words)
        envelope["me"] = {"id": f"{account}@c.us"}
        event_row(number, envelope)
    WahaSession.objects.update(me_id="447700900555@c.us", phone="+447700900555")
    drain.drain_all()  # neither is that account's
    waiting = strangers.held(number).count()
    WahaSession.objects.update(
        me_id="447700900001@c.us", phone="+447700900001", stranger_id=f"{STRANGER}@c.us"
    )
    number.refresh_from_db()
    sessions.apply_status(
        session=number, waha_status="STARTING", at=timezone.now() - timedelta(minutes=1)
    )

    sync.sync_sessions()  # WAHA says that the number's own account works
    drain.drain_all()

    number.refresh_from_db()
    assert (waiting, strangers.held(number).count(), number.stranger_id) == (2, 0, "")
    assert list(WahaMessage.objects.values_list("content", flat=True)) == ["Ours"]


def test_same_account_under_another_form_is_no_stranger(number: WahaSession) -> None:
    assert not sessions.is_stranger(number, "447700900001:12@c.us")
    assert not sessions.is_stranger(number, "998877@lid")
    assert sessions.is_stranger(number, f"{STRANGER}@c.us")
