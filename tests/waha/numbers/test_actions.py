"""What managers do to a number on its page, against a WAHA that answers."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from tests.factories import make_server, make_session, make_user
from tests.waha.numbers.test_pairing import wait_for
from waha import reachout, servers, sessions, syncs
from waha.gateway import probe
from waha.gateway.probe import ProbeAnswer
from waha.gateway.simulator import Simulator
from waha.models import (
    Alarm,
    SessionStatus,
    WahaEvent,
    WahaServer,
    WahaSession,
    WahaSessionState,
    WahaSync,
)
from waha.numbers import reach

pytestmark = pytest.mark.django_db


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def at(number: WahaSession, name: str = "detail") -> str:
    return reverse(f"numbers:{name}", args=[number.pk])


def page_of(number: WahaSession) -> str:
    return browser_of(number.user).get(at(number)).content.decode()


@pytest.mark.parametrize("what", ["stop", "restart", "log-out", "remove"])
def test_what_cuts_off_is_asked_about_first(waha: Simulator, desk: WahaSession, what: str) -> None:
    page = browser_of(desk.user).get(at(desk, what)).content.decode()

    assert "Leave it as it is" in page
    assert waha.session("desk").status == "WORKING"


def test_log_out_unlinks_the_phone_and_asks_for_another_code(
    waha: Simulator, desk: WahaSession
) -> None:
    browser_of(desk.user).post(at(desk, "log-out"))

    assert not waha.session("desk").paired
    wait_for(waha, "desk", "SCAN_QR_CODE")


def test_taken_off_number_keeps_its_row_and_may_come_back(
    waha: Simulator, desk: WahaSession
) -> None:
    client = browser_of(desk.user)

    client.post(at(desk, "remove"))
    desk.refresh_from_db()
    gone = ("desk" in waha.world.sessions, desk.removed_at is not None, desk.is_wanted)
    client.post(at(desk, "start"))

    desk.refresh_from_db()
    assert gone == (False, True, False)
    assert ("desk" in waha.world.sessions, desk.removed_at) == (True, None)


def test_code_is_shown_to_who_asked_and_to_nobody_else(waha: Simulator, shop: WahaSession) -> None:
    waha.set_session("shop", status="SCAN_QR_CODE")
    sessions.apply_status(session=shop, waha_status="SCAN_QR_CODE", at=timezone.now())
    client = browser_of(shop.user)

    client.post(at(shop, "code"), {"phone": "+49 170 1234567"})

    shown = client.get(at(shop)).context["code"]
    assert len(shown) == 9
    assert waha.session("shop").phone == "491701234567"
    assert browser_of(shop.user).get(at(shop)).context["code"] == ""


@pytest.mark.parametrize("phone", ["", "0170 1234567", "12", "x" * 40])
def test_code_wants_a_whole_number(shop: WahaSession, phone: str) -> None:
    page = browser_of(shop.user).post(at(shop, "code"), {"phone": phone}, follow=True)

    assert "toast-error" in page.content.decode()


@pytest.mark.parametrize(
    ("came_from", "words"),
    [
        ("WORKING", "Pair it again"),
        ("SCAN_QR_CODE", "Nobody scanned the QR code"),
        ("STARTING", "WAHA could not reach WhatsApp"),
        ("", "Start it again"),
    ],
)
def test_failed_says_what_to_do_by_its_cause(came_from: str, words: str) -> None:
    number = make_session(status=SessionStatus.FAILED, came_from=came_from)

    assert words in page_of(number)


@pytest.mark.parametrize("alarm", [Alarm.SILENT, Alarm.DEAF, Alarm.CONFIG])
def test_alarm_is_shown_to_managers(alarm: Alarm) -> None:
    number = make_session(alarm=alarm)

    assert "number-note-bad" in page_of(number)


def test_lock_on_new_people_is_explained() -> None:
    number = make_session()
    reachout.lock(number.pk, timezone.now() + timedelta(hours=2))

    assert "First messages wait" in page_of(number)


def test_short_reconnection_looks_like_working() -> None:
    number = make_session(
        status=SessionStatus.CONNECTING, left_working_at=timezone.now() - timedelta(seconds=4)
    )

    assert "Messages come in and go out." in page_of(number)


def test_state_known_by_asking_alone_says_that_webhooks_do_not_come() -> None:
    now = timezone.now()
    number = make_session(status=SessionStatus.WORKING)
    WahaSession.objects.update(status_changed_at=now - timedelta(minutes=1), last_event_at=None)
    deaf = "WAHA has not reached Mercury" in page_of(number)

    WahaSession.objects.update(last_event_at=now)

    assert (deaf, "WAHA has not reached Mercury" in page_of(number)) == (True, False)


def test_progress_of_older_chats_is_shown() -> None:
    number = make_session()
    syncs.bring_older(session=number, days=30)
    WahaSync.objects.update(chats_total=12, chats_done=3, found=90)

    assert "3 of 12 chats, 90 messages so far" in page_of(number)


def test_older_chats_are_asked_for_on_the_page(desk: WahaSession) -> None:
    browser_of(desk.user).post(at(desk, "older"), {"days": "30"})

    row = WahaSync.objects.get()
    assert (row.asked_by, (row.until - row.since).days) == (desk.user, 30)


def test_settings_are_put_on_waha(waha: Simulator, desk: WahaSession) -> None:
    browser_of(desk.user).post(at(desk, "settings"), {"status": "on"})

    assert waha.session("desk").config["ignore"] == {
        "status": False, "channels": True, "broadcast": True, "groups": True,
    }  # fmt: skip


# -- the test of the webhook's address


def answered(monkeypatch: pytest.MonkeyPatch, status: int | None, number: WahaSession) -> None:
    def post(url: str, *, session: str, identity: str, key: str) -> ProbeAnswer:
        if status == 200:
            WahaEvent.objects.create(
                session=number, event=probe.EVENT, envelope_id=identity, body=b"{}"
            )
        return ProbeAnswer(status, "" if status else "ConnectError")

    monkeypatch.setattr(probe, "post", post)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (None, "cannot be reached (ConnectError)"),
        (401, "another Mercury answers there"),
        (404, "answers 404"),
        (503, "the database is away"),
    ],
)
def test_address_that_does_not_lead_here_is_explained(
    monkeypatch: pytest.MonkeyPatch, status: int | None, words: str
) -> None:
    number = make_session()
    answered(monkeypatch, status, number)

    found = reach.check(number)

    assert not found.is_good
    assert words in found.words


def test_address_of_another_mercury_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    number = make_session()
    monkeypatch.setattr(probe, "post", lambda *args, **kwargs: ProbeAnswer(200))

    assert "another Mercury" in reach.check(number).words


def test_loopback_address_for_a_waha_elsewhere_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    number = make_session(server=make_server(url="http://waha.example.com:3000"))
    answered(monkeypatch, 200, number)

    assert "this machine to itself" in reach.check(number).words


@pytest.mark.django_db(transaction=True)
def test_probe_goes_all_the_way_and_is_no_sign_of_life(
    live_server: Any, settings: Any, desk: WahaSession
) -> None:
    settings.WEBHOOK_URL = live_server.url

    found = reach.check(desk)

    assert found.is_good, found.words
    assert WahaEvent.objects.get().event == probe.EVENT


# -- states and servers


def test_states_are_listed_with_how_long_they_lasted() -> None:
    number, now = make_session(), timezone.now()
    for minutes, status in [(90, "STARTING"), (89, "WORKING"), (29, "FAILED")]:
        WahaSessionState.objects.create(
            session=number, waha_status=status, at=now - timedelta(minutes=minutes)
        )

    rows = browser_of(number.user).get(at(number, "states")).context["rows"]

    assert [(row.state, row.is_now) for row in rows] == [
        ("failed", True), ("working", False), ("connecting", False),
    ]  # fmt: skip
    assert rows[1].seconds == 3600


@pytest.mark.parametrize(
    ("loads", "chosen"),
    [
        ({"a": (2, None, True), "b": (1, None, True)}, "b"),
        ({"a": (2, 4, True), "b": (2, 100, True)}, "b"),
        ({"a": (0, None, False), "b": (5, None, True)}, "b"),
        ({"a": (1, 1, True), "b": (3, 4, True)}, "b"),
    ],
)
def test_new_number_goes_where_most_room_is(
    loads: dict[str, tuple[int, int | None, bool]], chosen: str
) -> None:
    for name, (load, most, open_) in loads.items():
        server = make_server(name=name, max_sessions=most, accepts_new=open_)
        for _ in range(load):
            make_session(server=server)

    assert servers.place().name == chosen


def test_full_servers_are_said_and_nothing_is_made() -> None:
    make_server(max_sessions=0)

    page = browser_of(make_user(role="Manager")).post(reverse("numbers:add"), {"title": "Sales"})

    assert "Every WAHA server is full" in page.content.decode()
    assert not WahaSession.objects.exists()


def test_servers_cost_the_same_however_many(assert_same_queries: Any) -> None:
    client = browser_of(make_user(role="Admin"))

    def grow(number: int) -> None:
        for _ in range(number):
            make_session(server=make_server())

    assert_same_queries(lambda: client.get(reverse("numbers:servers")), grow, many=30, at_most=8)


def test_server_is_asked_at_once_whether_it_answers(waha: Simulator, db: None) -> None:
    client = browser_of(make_user(role="Owner"))
    values = {"name": "Second", "url": waha.url, "accepts_new": "on"}

    wrong = client.post(reverse("numbers:server-add"), values | {"api_key": "no"}, follow=True)
    server = WahaServer.objects.get()
    right = client.post(
        reverse("numbers:server", args=[server.pk]),
        values | {"api_key": waha.api_key},
        follow=True,
    )

    assert "does not accept our API key" in wrong.content.decode()
    assert "answers and takes our key" in right.content.decode()
