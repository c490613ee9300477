"""One claimer a session, bulk with a one-by-one fallback, and no event that blocks the others."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, OperationalError, connection
from django.utils import timezone

from tests.waha.inbound.bodies import ack, event_row, text
from waha.inbound import drain, journal, lease
from waha.inbound.apply import StaleBatch, router
from waha.models import EventState, WahaChat, WahaDrain, WahaEvent, WahaMessage

pytestmark = [pytest.mark.django_db, pytest.mark.core]


class WorkerKilled(BaseException):
    """Stands for SIGKILL: nothing that handles exceptions gets to run after it."""


@pytest.fixture
def poison(monkeypatch):
    """Let applying a message with these words raise."""
    errors = {}
    real = router.APPLIERS[router.IncomingMessage]

    def apply(batch, event):
        if event.body in errors:
            raise errors[event.body]
        return real(batch, event)

    monkeypatch.setitem(router.APPLIERS, router.IncomingMessage, apply)
    return errors


@pytest.fixture
def kill(monkeypatch):
    """A drain that ends as if the process were killed: it does not even give up its lease."""
    monkeypatch.setattr(lease.Lease, "give_up", lambda self: None)

    def run():
        with pytest.raises(WorkerKilled):
            drain.drain_all()
        WahaDrain.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    return run


def states():
    return dict(WahaEvent.objects.order_by("pk").values_list("pk", "state"))


def words():
    return sorted(WahaMessage.objects.values_list("content", flat=True))


def due_now():
    WahaEvent.objects.update(due_at=timezone.now())


def test_drain_applies_what_is_due_and_leaves_the_lease_free(number):
    row = event_row(number, text("A1", "Hello"))
    later = event_row(number, text("A2", "Later"))
    WahaEvent.objects.filter(pk=later.pk).update(due_at=timezone.now() + timedelta(minutes=1))

    taken = drain.drain_all()

    claim = WahaDrain.objects.get()
    assert (taken, words()) == (1, ["Hello"])
    assert states() == {row.pk: EventState.DONE, later.pk: EventState.NEW}
    assert (claim.lease_until, claim.owner, claim.attempts) == (None, "", 0)


def test_drain_notes_when_the_number_was_last_heard(number):
    row = event_row(number, text("A1"))

    drain.drain_all()

    number.refresh_from_db()
    assert number.last_event_at == row.received_at


def test_drain_leaves_a_session_to_the_one_who_holds_its_lease(number):
    event_row(number, text("A1"))
    held = lease.claim(number.pk)

    taken = drain.drain_all()

    assert (taken, lease.claim(number.pk), words()) == (0, None, [])
    assert held.careful is False


def test_drain_takes_over_a_lease_that_ran_out(number):
    event_row(number, text("A1", "Hello"))
    lease.claim(number.pk)
    WahaDrain.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    drain.drain_all()

    assert words() == ["Hello"]


def test_drain_commits_nothing_when_its_lease_was_lost(number, monkeypatch):
    event_row(number, text("A1"))
    real = journal.mark_done

    def lose(pks):
        WahaDrain.objects.update(owner="somebody else")
        real(pks)

    monkeypatch.setattr(journal, "mark_done", lose)

    taken = drain.drain_session(number)

    assert (taken, words(), WahaEvent.objects.get().state) == (0, [], EventState.NEW)


def test_poison_event_dies_after_five_attempts_and_blocks_nothing(number, poison):
    poison["bad"] = ValueError("that cannot be")
    rows = [event_row(number, text(f"A{n}", words)) for n, words in enumerate(["a", "bad", "c"])]

    attempts = []
    for _ in range(7):
        drain.drain_all()
        attempts.append(WahaEvent.objects.get(pk=rows[1].pk).attempts)
        due_now()

    dead = WahaEvent.objects.get(pk=rows[1].pk)
    assert words() == ["a", "c"]
    assert attempts == [1, 2, 3, 4, 5, 5, 5]
    assert (dead.state, dead.last_error) == (EventState.DEAD, "ValueError: that cannot be")
    assert dead.processed_at is not None


def test_failed_event_waits_longer_each_time(number, poison):
    poison["bad"] = ValueError("no")
    row = event_row(number, text("A1", "bad"))

    pauses = []
    for _ in range(4):
        before = timezone.now()
        drain.drain_all()
        row.refresh_from_db()
        pauses.append(round((row.due_at - before).total_seconds()))
        due_now()

    assert pauses == [5, 30, 120, 600]


def test_body_that_cannot_be_read_is_dead_at_once_with_a_sentence(number):
    good = event_row(number, text("A1", "Hello"))
    rows = [
        event_row(number, b"{not json"),
        event_row(number, b'{"event": "message", "payload": {}}'),
        event_row(number, b'{"event": "message", "payload": {"id": "nonsense"}}'),
        event_row(number, b'{"a":' * 3000 + b"1" + b"}" * 3000),
    ]

    drain.drain_all()

    dead = WahaEvent.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk")
    assert [(row.state, row.last_error) for row in dead] == [
        ("dead", "The body is not valid JSON (position 1)."),
        ("dead", "The message id does not have the form fromMe_chat_id."),
        ("dead", "The message names no chat."),
        ("dead", "The JSON is nested deeper than 200 levels."),
    ]
    assert WahaEvent.objects.get(pk=good.pk).state == EventState.DONE


def test_event_that_kills_the_worker_dies_and_the_others_are_applied(number, poison, kill):
    poison["killer"] = WorkerKilled()
    rows = [event_row(number, text(f"A{n}", words)) for n, words in enumerate(["a", "killer", "c"])]

    kill()
    after_bulk = words()
    kill()
    after_one_by_one = words()
    drain.drain_all()
    afterwards = words()
    for _ in range(4):
        due_now()
        kill()
    due_now()
    drain.drain_all()

    dead = WahaEvent.objects.get(pk=rows[1].pk)
    assert (after_bulk, after_one_by_one, afterwards) == ([], ["a"], ["a", "c"])
    assert (dead.state, dead.attempts, dead.last_error) == (EventState.DEAD, 5, journal.KILLED)


def test_drain_goes_on_in_bulk_after_one_careful_turn(number, poison, kill):
    poison["killer"] = WorkerKilled()
    event_row(number, text("A1", "killer"))
    kill()
    poison.clear()

    drain.drain_all()

    assert (words(), WahaDrain.objects.get().attempts) == (["killer"], 0)


@pytest.mark.parametrize("error", [StaleBatch("moved"), IntegrityError(1062, "taken")])
def test_batch_is_read_again_when_somebody_was_faster(number, monkeypatch, error):
    event_row(number, text("A1", "Hello"))
    real, calls = drain.apply_events, []

    def stale_once(session, events, **road):
        calls.append(len(events))
        if len(calls) == 1:
            raise error
        return real(session, events, **road)

    monkeypatch.setattr(drain, "apply_events", stale_once)

    drain.drain_all()

    assert (words(), calls) == (["Hello"], [1, 1])


def test_database_that_goes_away_is_no_fault_of_the_event(number, poison):
    poison["Hello"] = OperationalError(2006, "gone")
    row = event_row(number, text("A1", "Hello"))

    with pytest.raises(OperationalError):
        drain.drain_all()
    poison.clear()
    drain.drain_all()

    row.refresh_from_db()
    assert (row.state, words(), row.last_error) == (EventState.DONE, ["Hello"], "")


def test_parked_event_is_applied_when_its_message_comes(number):
    tick = event_row(number, ack("A1", 3))
    drain.drain_all()
    parked = WahaEvent.objects.get(pk=tick.pk)
    event_row(number, text("A1", from_me=True, ack=1))

    drain.drain_all()

    tick.refresh_from_db()
    assert (parked.state, parked.waiting_for) == (EventState.PARKED, "A1")
    assert (tick.state, tick.waiting_for) == (EventState.DONE, None)
    assert WahaMessage.objects.get().status == "read"


def test_parked_event_is_applied_when_its_message_came_by_another_road(number, receive):
    tick = event_row(number, ack("A1", 3))
    drain.drain_all()
    message = text("A1", from_me=True, ack=1)
    drain.apply_events(number, [drain.parse(message)])

    drain.drain_all()

    tick.refresh_from_db()
    assert (tick.state, WahaMessage.objects.get().status) == (EventState.DONE, "read")


def test_parked_poison_does_not_hold_back_the_message_it_waits_for(number, monkeypatch):
    tick = event_row(number, ack("A1", 3))
    drain.drain_all()

    def fail(batch, event):
        raise ValueError("no") if batch.knows(True, "A1") else AssertionError

    monkeypatch.setitem(router.APPLIERS, router.Ack, fail)
    event_row(number, text("A1", "Hello", from_me=True))

    drain.drain_all()

    tick.refresh_from_db()
    assert (words(), tick.state, tick.attempts) == (["Hello"], EventState.NEW, 1)


def test_parked_event_expires(number):
    tick = event_row(number, ack("A1", 3))
    drain.drain_all()
    WahaEvent.objects.update(due_at=timezone.now() - timedelta(seconds=1))

    counts = journal.purge()

    tick.refresh_from_db()
    assert counts["expired"] == 1
    assert (tick.state, tick.last_error) == (EventState.DONE, journal.EXPIRED)


def test_purge_deletes_old_applied_events_and_keeps_dead_ones(number, monkeypatch):
    monkeypatch.setattr(journal, "CHUNK", 2)
    old = timezone.now() - journal.KEPT_FOR - timedelta(days=1)
    for index in range(5):
        event_row(number, text(f"A{index}"))
    dead = event_row(number, b"nonsense")
    drain.drain_all()
    WahaEvent.objects.update(received_at=old)
    kept = event_row(number, text("B1"))
    drain.drain_all()

    counts = journal.purge()

    assert counts["events"] == 5
    assert set(WahaEvent.objects.values_list("pk", flat=True)) == {dead.pk, kept.pk}


def test_replay_makes_dead_events_new_again(number, poison, hints, run_hints):
    poison["bad"] = ValueError("no")
    row = event_row(number, text("A1", "bad"))
    for _ in range(5):
        drain.drain_all()
        due_now()
    poison.clear()

    call_command("replay_events", verbosity=0)
    ran = run_hints()

    row.refresh_from_db()
    assert (row.state, row.attempts, row.last_error) == (EventState.DONE, 0, "")
    assert ("drain" in ran, words()) == (True, ["bad"])


def test_replay_of_everything_changes_no_row(number, receive):
    receive(text("A1", "Hello"), ack("A1", 3), text("A2", from_me=True))
    before = list(WahaMessage.objects.order_by("pk").values())
    chats = list(WahaChat.objects.values("in_seq", "last_message_pk"))

    call_command("replay_events", "--state", "all", "--session", number.name, verbosity=0)
    drain.drain_all()

    assert list(WahaMessage.objects.order_by("pk").values()) == before
    assert list(WahaChat.objects.values("in_seq", "last_message_pk")) == chats


def test_replay_of_an_unknown_session_says_so(number):
    with pytest.raises(CommandError, match="There is no session 'nobody'"):
        call_command("replay_events", "--session", "nobody")


def test_drain_command_says_how_many_it_took(number, capsys):
    event_row(number, text("A1"))

    call_command("drain")

    assert capsys.readouterr().out.splitlines()[-1] == "1 events taken; nothing more is due."


def test_batch_costs_the_same_queries_whatever_its_size(number):
    event_row(number, text("first"))
    drain.drain_all()

    counts = [queries_of_a_batch(number, size) for size in (2, 30)]

    assert counts[0] == counts[1] <= 30


def queries_of_a_batch(number, size):
    for index in range(size):
        event_row(number, text(f"A{size}-{index}"))
    connection.force_debug_cursor, before = True, len(connection.queries_log)
    drain.drain_all()
    statements = list(connection.queries_log)[before:]
    connection.force_debug_cursor = False
    return len([each for each in statements if "SAVEPOINT" not in each["sql"]])
