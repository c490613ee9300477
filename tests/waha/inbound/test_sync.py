from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from mercury.db.models import SensitiveData
from tests.factories import make_server, make_session
from waha import hookup, sessions
from waha.gateway.simulator import Preset, Simulator
from waha.inbound import sync
from waha.models import SessionStatus, WahaServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def waha() -> Iterator[Simulator]:
    with Simulator(sessions=(Preset("desk", "WORKING", "447700900042", "Desk"),)) as running:
        yield running


@pytest.fixture
def server(db: None, waha: Simulator) -> WahaServer:
    secret = SensitiveData.objects.seal({"api_key": waha.api_key})
    return make_server(url=waha.url, secret=secret)


@pytest.mark.core
def test_sync_brings_state_and_phone_in_line(waha: Simulator, server: WahaServer) -> None:
    session = make_session(server=server, name="desk", status=SessionStatus.FAILED, phone="")
    waha.session("desk").config = hookup.config(session, {})

    assert sync.sync_sessions() == 1

    session.refresh_from_db()
    assert session.status == SessionStatus.WORKING
    assert (session.phone, session.push_name) == ("+447700900042", "Desk")
    assert session.last_synced_at is not None


def test_sync_notes_what_the_server_is(server: WahaServer) -> None:
    make_session(server=server, name="desk")

    sync.sync_sessions()

    server.refresh_from_db()
    assert server.engine == "NOWEB"
    assert server.version == "2026.7.1"
    assert server.last_seen_at is not None


def test_sync_takes_a_session_that_waha_lost_for_stopped(server: WahaServer) -> None:
    session = make_session(server=server, name="lost", status=SessionStatus.WORKING)

    sync.sync_sessions()

    session.refresh_from_db()
    assert session.status == SessionStatus.STOPPED


def test_sync_leaves_an_event_alone_that_is_newer_than_its_question(server: WahaServer) -> None:
    session = make_session(server=server, name="desk", status=SessionStatus.WORKING)
    sessions.apply_status(
        session=session, waha_status="FAILED", at=timezone.now() + timedelta(minutes=1)
    )

    sync.sync_sessions()

    session.refresh_from_db()
    assert session.status == SessionStatus.FAILED


def test_server_that_is_away_changes_nothing_and_stops_no_other(server: WahaServer) -> None:
    away = make_server(url="http://127.0.0.1:9")
    unreachable = make_session(server=away, status=SessionStatus.WORKING)
    make_session(server=server, name="desk", status=SessionStatus.FAILED)

    assert sync.sync_sessions() == 1

    unreachable.refresh_from_db()
    away.refresh_from_db()
    assert unreachable.status == SessionStatus.WORKING
    assert away.last_seen_at is None
