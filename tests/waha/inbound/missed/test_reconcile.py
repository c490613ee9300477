"""What was missed comes back over REST, by the journal's road, and no more than that."""

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from tests.waha.inbound.bodies import event_row
from tests.waha.inbound.missed.reading import PEOPLE, read_all, said, stored
from waha import sessions, syncs
from waha.gateway.client import Refused, Unavailable, WahaClient, WahaError
from waha.gateway.simulator import Simulator
from waha.inbound import journal, reconcile
from waha.models import (
    MessageType,
    SessionStatus,
    SyncKind,
    SyncState,
    WahaChat,
    WahaEvent,
    WahaMessage,
    WahaSession,
    WahaSync,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_waiting")]


@pytest.mark.core
@pytest.mark.parametrize("waha", ["NOWEB", "GOWS", "WEBJS"], indirect=True)
def test_what_webhooks_lost_is_all_back_and_nothing_twice(
    waha: Simulator, number: WahaSession, apply: Callable[[], None]
) -> None:
    waha.webhook_faults(lose=0.1)
    ids = [one for n in range(4) for one in waha.burst(PEOPLE, f"Message {n}", session="support")]
    apply()
    lost = said(ids) - stored()

    syncs.reconcile(session=number)
    found = read_all()

    assert 2 <= len(lost) == found
    assert stored() == said(ids)
    assert WahaMessage.objects.count() == len(ids) == 80
    assert WahaChat.objects.count() == len(PEOPLE)


def test_reading_again_adds_nothing_to_the_journal(
    waha: Simulator, number: WahaSession, apply: Callable[[], None]
) -> None:
    waha.burst(PEOPLE, session="support")
    apply()
    before = WahaEvent.objects.count()

    syncs.reconcile(session=number)
    read_all()
    syncs.reconcile(session=number, since=timezone.now() - timedelta(hours=1))
    read_all()

    assert WahaEvent.objects.count() == before
    assert [row.read >= 20 for row in WahaSync.objects.all()] == [True, True]


def test_missed_messages_count_as_unread_in_the_order_they_were_written(
    waha: Simulator, number: WahaSession
) -> None:
    at = int(timezone.now().timestamp()) - 60
    for n in range(3):
        waha.say(PEOPLE[0], f"Word {n}", session="support", emit=False, timestamp=at + n)

    syncs.reconcile(session=number)
    read_all()

    chat = WahaChat.objects.get()
    rows = WahaMessage.objects.order_by("created_at").values_list("content", "in_seq")
    assert list(rows) == [("Word 0", 1), ("Word 1", 2), ("Word 2", 3)]
    assert (chat.in_seq, chat.last_message_preview) == (3, "Word 2")


def test_messages_of_one_second_keep_their_order(waha: Simulator, number: WahaSession) -> None:
    at = int(timezone.now().timestamp()) - 60
    for n in range(5):
        waha.say(PEOPLE[0], f"Word {n}", session="support", emit=False, timestamp=at)

    syncs.reconcile(session=number)
    read_all()

    ordered = WahaMessage.objects.order_by("created_at", "pk").values_list("content", flat=True)
    assert list(ordered) == [f"Word {n}" for n in range(5)]


def test_lost_ticks_come_back(
    waha: Simulator, number: WahaSession, apply: Callable[[], None]
) -> None:
    waha.say(PEOPLE[0], "From the phone", session="support", from_me=True)
    apply()
    waha.webhook_faults(silence=True)
    waha.read(PEOPLE[0], session="support")

    syncs.reconcile(session=number)
    found = read_all()

    assert (WahaMessage.objects.get().status, found) == ("read", 0)


def test_status_posts_are_left_out_as_they_are_live(waha: Simulator, number: WahaSession) -> None:
    waha.say("status@broadcast", "Look!", session="support", sender=PEOPLE[0], emit=False)
    waha.say(PEOPLE[0], "Hello", session="support", emit=False)

    syncs.reconcile(session=number)
    read_all()

    assert WahaMessage.objects.get().content == "Hello"


def test_account_of_what_is_read_moves_on_and_no_further_than_asked(
    waha: Simulator, number: WahaSession
) -> None:
    row = syncs.reconcile(session=number)
    assert row is not None

    read_all()

    number.refresh_from_db()
    row.refresh_from_db()
    assert (row.state, number.reconciled_to) == (SyncState.DONE, row.until)


def test_older_time_on_demand_does_not_move_the_account_back(
    waha: Simulator, number: WahaSession
) -> None:
    good = number.reconciled_to
    WahaSession.objects.filter(pk=number.pk).update(reconciled_to=timezone.now())
    syncs.reconcile(session=number, since=good)

    read_all()

    number.refresh_from_db()
    assert number.reconciled_to is not None
    assert number.reconciled_to > good + timedelta(minutes=30)


def test_becoming_connected_asks_for_what_was_missed(waha: Simulator, number: WahaSession) -> None:
    now = timezone.now()
    sessions.apply_status(session=number, waha_status="WORKING", at=now - timedelta(minutes=50))
    read_all()
    WahaSession.objects.update(reconciled_to=now - timedelta(minutes=41))
    sessions.apply_status(session=number, waha_status="FAILED", at=now - timedelta(minutes=40))
    waha.say(PEOPLE[0], "While you were away", session="support", emit=False)

    sessions.apply_status(session=number, waha_status="WORKING", at=now)
    read_all()

    assert WahaMessage.objects.get().content == "While you were away"
    assert WahaSync.objects.latest("pk").outage_from == now - timedelta(minutes=40)


def test_number_that_is_not_connected_waits(waha: Simulator, number: WahaSession) -> None:
    WahaSession.objects.update(status=SessionStatus.FAILED)
    syncs.reconcile(session=number)

    assert reconcile.read_due() == 0
    assert WahaSync.objects.get().state == SyncState.DUE


@pytest.mark.parametrize("fault", [{"status": 500}, {"drop": True}, {"status": 429}])
def test_fault_of_waha_is_waited_out_and_the_place_is_kept(
    waha: Simulator, number: WahaSession, fault: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "PAGE", 10)
    ids = waha.burst(PEOPLE, session="support")
    syncs.reconcile(session=number)
    claimed = reconcile.claim()
    assert claimed is not None
    reconcile._read_page(reconcile.client_for(number), claimed)
    reconcile._read_page(reconcile.client_for(number), claimed)
    waha.fault(path="*/messages", **fault)

    reconcile.read(claimed)
    row = WahaSync.objects.get()
    kept = (row.state, row.offset, row.attempts, bool(row.last_error))
    WahaSync.objects.update(due_at=timezone.now())
    read_all()

    assert kept == (SyncState.DUE, 10, 1, True)
    assert stored() == said(ids)
    assert WahaSync.objects.get().state == SyncState.DONE


def test_engine_that_reads_no_history_across_chats_is_asked_chat_by_chat(
    waha: Simulator, number: WahaSession
) -> None:
    waha.fault(path="*/chats/all/messages", status=501, times=1)
    ids = waha.burst(PEOPLE, session="support")

    syncs.reconcile(session=number)
    read_all()

    row = WahaSync.objects.get()
    assert stored() == said(ids)
    assert (row.state, row.chats_total, row.chats_done) == (SyncState.DONE, 20, 20)


def test_full_journal_is_waited_for(
    waha: Simulator, number: WahaSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "BACKLOG", 0)
    event_row(number, {"id": "evt_1", "event": "message.any", "payload": {}})
    syncs.reconcile(session=number)

    reconcile.read_due()

    row = WahaSync.objects.get()
    assert (row.state, row.read, row.due_at > timezone.now()) == (SyncState.DUE, 0, True)


def test_older_chats_come_without_a_bell_or_an_unread_mark(
    waha: Simulator, number: WahaSession
) -> None:
    old = int((timezone.now() - timedelta(days=20)).timestamp())
    older = int((timezone.now() - timedelta(days=80)).timestamp())
    for chat in PEOPLE[:3]:
        waha.say(chat, "Old", session="support", emit=False, timestamp=old)
    waha.say(PEOPLE[3], "Too old", session="support", emit=False, timestamp=older)

    syncs.bring_older(session=number, days=30)
    read_all()

    row = WahaSync.objects.get()
    assert (row.kind, row.state, row.found) == (SyncKind.IMPORT, SyncState.DONE, 3)
    assert (row.chats_total, row.chats_done) == (3, 3)
    assert [chat.in_seq for chat in WahaChat.objects.all()] == [0, 0, 0]
    assert stored() != set()


def test_missed_messages_come_before_older_chats(waha: Simulator, number: WahaSession) -> None:
    syncs.bring_older(session=number, days=30)
    syncs.reconcile(session=number)

    row = reconcile.claim()

    assert row is not None
    assert row.kind == SyncKind.RECONCILE
    assert reconcile.claim() is None


# -- the command


def test_command_brings_a_number_up_to_date_and_says_how_much(
    waha: Simulator, number: WahaSession
) -> None:
    waha.burst(PEOPLE, session="support")
    waha.session("support").config.clear()
    out = StringIO()

    call_command("waha_sync", "--session", "support", "--since", "2026-01-01", stdout=out)

    assert "20 missed messages fetched, 20 events applied." in out.getvalue()
    assert WahaMessage.objects.count() == 20


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--session", "nobody"], "There is no session 'nobody'."),
        (["--since", "yesterday"], "is no time"),
        (["--since", "2026-13-45"], "is no time"),
        (["--since", "2990-01-01"], "is still to come"),
    ],
)
def test_command_says_what_is_wrong(number: WahaSession, options: list[str], told: str) -> None:
    with pytest.raises(CommandError, match=told):
        call_command("waha_sync", *options)


@pytest.mark.parametrize(
    "error",
    [
        Unavailable("WAHA has a fault.", status=503),
        Refused("The number is starting.", status=422, code="state", session_status="STARTING"),
    ],
    ids=["broken", "just starting"],
)
def test_command_that_cannot_read_ends_and_says_so(
    waha: Simulator, number: WahaSession, monkeypatch: pytest.MonkeyPatch, error: WahaError
) -> None:
    def fail(*args: object, **options: object) -> None:
        raise error

    monkeypatch.setattr(WahaClient, "messages", fail)
    out = StringIO()

    with pytest.raises(CommandError, match="Not up to date: support"):
        call_command("waha_sync", "--session", "support", stdout=out)

    assert f"support: {error.reason} A worker goes on later." in out.getvalue()


def test_what_we_fetched_is_no_sign_of_life(waha: Simulator, number: WahaSession) -> None:
    WahaSession.objects.update(last_event_at=None)
    waha.burst(PEOPLE, session="support")
    syncs.reconcile(session=number)

    read_all()

    number.refresh_from_db()
    assert number.last_event_at is None


def test_journal_keeps_the_body_as_it_was_read(waha: Simulator, number: WahaSession) -> None:
    waha.say(PEOPLE[0], "Grüße 👋", session="support", emit=False)
    syncs.reconcile(session=number)

    read_all()

    event = WahaEvent.objects.get()
    payload = json.loads(bytes(event.body))["payload"]
    assert (event.event, payload["body"]) == ("sync.message", "Grüße 👋")
    assert journal.backlog(number.pk) == 0
    assert WahaMessage.objects.get().type == MessageType.TEXT
