"""What the minute's look at WAHA puts right: config, account, silence."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from audit.models import AuditLog
from tests.fixtures.simulator import SUPPORT
from tests.waha.inbound.bodies import body, event_row, text
from waha import hookup, reachout, sessions, syncs
from waha.gateway.simulator import Simulator
from waha.inbound import drain, reconcile, sync, upkeep, watchdog
from waha.models import (
    Alarm,
    SessionStatus,
    WahaEvent,
    WahaServer,
    WahaSession,
    WahaSessionState,
    WahaSync,
)
from waha.numbers import pairing
from waha.servers import client_for

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


def test_config_that_waha_keeps_is_left_alone(waha: Simulator, number: WahaSession) -> None:
    sync.sync_sessions()

    number.refresh_from_db()
    assert (number.config_put_at, waha.session("support").status) == (None, "WORKING")


@pytest.mark.core
def test_config_that_waha_forgot_is_put_back(waha: Simulator, number: WahaSession) -> None:
    waha.forget_config("support")

    sync.sync_sessions()

    hooks = waha.session("support").config["webhooks"]
    assert [hook["url"] for hook in hooks] == [hookup.webhook_url(number)]
    number.refresh_from_db()
    assert (number.config_put_at is not None, number.alarm) == (True, Alarm.NONE)


def test_session_that_came_back_stopped_and_empty_is_started_again(
    waha: Simulator, number: WahaSession
) -> None:
    waha.forget_config("support")
    waha.set_session("support", status="STOPPED")

    sync.sync_sessions()

    assert waha.session("support").status in {"STARTING", "WORKING"}
    assert hookup.is_kept(number, waha.session("support").config)


def test_session_that_was_stopped_on_purpose_stays_so(waha: Simulator, number: WahaSession) -> None:
    pairing.stop(session=number, by=number.user)
    waha.forget_config("support")

    sync.sync_sessions()

    assert waha.session("support").status == "STOPPED"


def test_session_that_waha_lost_altogether_is_made_again(
    waha: Simulator, number: WahaSession
) -> None:
    del waha.world.sessions["support"]

    sync.sync_sessions()

    assert hookup.is_kept(number, waha.session("support").config)


def test_config_that_does_not_stay_is_an_alarm_and_not_a_restart_a_minute(
    waha: Simulator, number: WahaSession
) -> None:
    put_at = timezone.now() - timedelta(minutes=5)
    WahaSession.objects.update(config_put_at=put_at)
    waha.forget_config("support")

    sync.sync_sessions()

    number.refresh_from_db()
    assert (number.alarm, number.config_put_at) == (Alarm.CONFIG, put_at)
    assert waha.session("support").config == {}


def test_alarm_about_the_config_ends_when_it_is_right(waha: Simulator, number: WahaSession) -> None:
    WahaSession.objects.update(alarm=Alarm.CONFIG, alarm_at=timezone.now())

    sync.sync_sessions()

    number.refresh_from_db()
    assert number.alarm == Alarm.NONE


@pytest.mark.parametrize(
    "spoilt",
    [
        {"webhooks": []},
        {"ignore": {"status": False}},
        {"noweb": {"store": {"enabled": False}}},
    ],
)
def test_config_is_ours_only_whole(number: WahaSession, spoilt: dict[str, object]) -> None:
    whole = hookup.config(number, {"metadata": {"a": "b"}, "debug": True})

    assert hookup.is_kept(number, whole)
    assert not hookup.is_kept(number, whole | spoilt)
    assert whole["metadata"] == {"a": "b"}


@pytest.mark.parametrize("part", ["events", "hmac", "retries"])
def test_webhook_is_ours_only_whole(number: WahaSession, part: str) -> None:
    whole = hookup.config(number, {})
    del whole["webhooks"][0][part]

    assert not hookup.is_kept(number, whole)
    assert hookup.is_kept(number, hookup.config(number, whole))


def test_what_is_left_out_is_a_choice(number: WahaSession) -> None:
    number.config = {"ignore": {"groups": True, "status": False}}

    left_out = hookup.config(number, {"ignore": {"dm": True}})["ignore"]

    assert left_out == {
        "dm": True, "status": False, "channels": True, "broadcast": True, "groups": True,
    }  # fmt: skip


def test_config_is_put_back_by_one_worker_and_as_it_was_chosen_last(
    waha: Simulator, number: WahaSession
) -> None:
    waha.forget_config("support")
    client = client_for(number)
    first, second = (WahaSession.objects.get(pk=number.pk) for _ in range(2))
    told = client.session("support")
    sessions.choose(session=number, by=number.user, ignore={"groups": True})

    upkeep.tend(client, first, told)
    upkeep.tend(client, second, told)  # read before the first one wrote

    assert waha.session("support").config["ignore"]["groups"] is True
    assert AuditLog.objects.filter(event="session.config_put_back").count() == 1


# -- reachout lock


def test_lock_on_new_people_is_noted_and_ends(waha: Simulator, number: WahaSession) -> None:
    waha.set_session("support", reachoutLocked=True)
    sync.sync_sessions()
    number.refresh_from_db()
    locked = reachout.locked_until(number.pk)

    lock = {"data": {"reachoutTimelock": {"isActive": False}}, "status": "WORKING"}
    event_row(number, body("session.status", {"name": "support", **lock}))
    drain.drain_all()

    assert locked is not None
    assert (number.status, reachout.locked_until(number.pk)) == (SessionStatus.WORKING, None)


# -- history of states and outages


def test_every_state_is_written_down_once(number: WahaSession) -> None:
    now = timezone.now()
    for second, status in enumerate(["STARTING", "STARTING", "WORKING", "WORKING", "FAILED"]):
        sessions.apply_status(
            session=number, waha_status=status, at=now + timedelta(seconds=second), heard=True
        )

    states = WahaSessionState.objects.order_by("at").values_list("waha_status", "heard")
    assert list(states) == [("STARTING", True), ("WORKING", True), ("FAILED", True)]
    assert (number.came_from, number.left_working_at) == ("WORKING", now + timedelta(seconds=4))


def test_reconnecting_is_trouble_only_after_some_seconds(number: WahaSession) -> None:
    now = timezone.now()
    sessions.apply_status(session=number, waha_status="WORKING", at=now - timedelta(hours=1))
    sessions.apply_status(session=number, waha_status="STARTING", at=now - timedelta(seconds=3))
    shortly = number.shown_status

    WahaSession.objects.update(left_working_at=now - timedelta(seconds=11))
    number.refresh_from_db()

    assert (shortly, number.shown_status) == (SessionStatus.WORKING, SessionStatus.CONNECTING)


@pytest.mark.parametrize(("minutes", "outage"), [(2, False), (10, True)])
def test_pause_of_ours_is_an_outage(
    waha: Simulator, number: WahaSession, minutes: int, outage: bool
) -> None:
    last = timezone.now() - timedelta(minutes=minutes)
    WahaSession.objects.update(last_synced_at=last, reconciled_to=last)

    sync.sync_sessions()

    assert [row.outage_from for row in WahaSync.objects.all()] == ([last] if outage else [])


# -- the watchdog


def deaf(number: WahaSession, waha: Simulator) -> None:
    """WAHA gets a message of which no webhook tells; the routine look finds it."""
    at = int((timezone.now() - timedelta(minutes=4)).timestamp())
    waha.say("447700900123@c.us", session="support", emit=False, timestamp=at)
    WahaSession.objects.update(
        last_event_at=timezone.now() - timedelta(minutes=9),
        reconciled_to=timezone.now() - timedelta(minutes=6),
    )
    sync.sync_sessions()
    reconcile.read_due()
    drain.drain_all()


def test_number_whose_webhooks_do_not_come_is_an_alarm_and_restarted_once(
    waha: Simulator, number: WahaSession
) -> None:
    deaf(number, waha)

    sync.sync_sessions()
    number.refresh_from_db()
    first = (number.alarm, number.restarted_at)
    sync.sync_sessions()

    number.refresh_from_db()
    assert first[0] == Alarm.DEAF
    assert first[1] is not None
    assert number.restarted_at == first[1]


def test_alarm_ends_when_an_event_comes(waha: Simulator, number: WahaSession) -> None:
    deaf(number, waha)
    watchdog.look(sync.client_of(number.server), _fresh(number))
    assert _fresh(number).alarm == Alarm.DEAF

    event_row(number, text("N1", at=int(timezone.now().timestamp())))
    drain.drain_all()
    WahaSession.objects.update(last_event_at=timezone.now())
    watchdog.look(sync.client_of(number.server), _fresh(number))

    assert _fresh(number).alarm == Alarm.NONE


def _fresh(number: WahaSession) -> WahaSession:
    return WahaSession.objects.select_related("server__secret", "secret").get(pk=number.pk)


NOW = datetime(2026, 11, 18, 10, 30, tzinfo=timezone.get_default_timezone())  # a Wednesday


def office_hours(days: int, until: datetime) -> list[datetime]:
    """An event every three minutes from 8 to 18 on `days` days, newest first, until `until`."""
    times = [
        (NOW - timedelta(days=day)).replace(hour=8, minute=0) + timedelta(minutes=3 * n)
        for day in range(days)
        for n in range(200)
    ]
    return sorted((at for at in times if at <= until), reverse=True)


@pytest.mark.parametrize(
    ("until", "now", "silent"),
    [
        (timedelta(minutes=3), timedelta(0), False),
        (timedelta(hours=1), timedelta(0), True),
        (timedelta(0), timedelta(hours=12), False),  # the evening of the same day
    ],
)
def test_silence_is_judged_by_what_is_usual_at_that_hour(
    until: timedelta, now: timedelta, silent: bool
) -> None:
    ends = NOW - until
    if now:
        ends = NOW.replace(hour=18, minute=0)
    times = office_hours(9, ends)

    assert watchdog.is_silent(times, (NOW + now) if now else NOW) is silent


def test_few_events_are_no_rule(number: WahaSession) -> None:
    times = [NOW - timedelta(hours=5 + n) for n in range(10)]

    assert not watchdog.is_silent(times, NOW)


def test_silent_number_is_an_alarm(waha: Simulator, number: WahaSession) -> None:
    begin = timezone.now() - timedelta(minutes=90)
    for n in range(30):
        event = event_row(number, text(f"S{n}"))
        WahaEvent.objects.filter(pk=event.pk).update(
            state="done", received_at=begin + timedelta(minutes=n)
        )

    sync.sync_sessions()

    number.refresh_from_db()
    assert (number.alarm, number.restarted_at is not None) == (Alarm.SILENT, True)


def test_routine_is_asked_for_every_few_minutes_and_once(
    waha: Simulator, number: WahaSession
) -> None:
    WahaSession.objects.update(reconciled_to=timezone.now() - timedelta(minutes=6))

    sync.sync_sessions()
    sync.sync_sessions()

    assert WahaSync.objects.count() == 1
    latest = syncs.latest(number)["reconcile"]
    assert latest is not None
    assert latest.outage_from is None
