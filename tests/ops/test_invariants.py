"""Each invariant is broken once in the rows themselves, found, and mended."""

from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from attachments import services
from attachments.models import Attachment
from audit import log, seals
from audit.models import AuditSeal
from mercury.ops.health import marks
from mercury.ops.invariants import files, nightly, rules
from mercury.ops.invariants.rules import Outcome, Rule
from tests.factories import make_chat, make_message, make_read, make_user
from waha.models import (
    ChatRead,
    EventState,
    MessageStatus,
    OutboxState,
    WahaChat,
    WahaEvent,
    WahaMedia,
    WahaMessage,
    WahaMessageArchive,
    WahaMessageKey,
    WahaMessageText,
    WahaOutbox,
    WahaReaction,
    WahaTextRebuild,
)
from waha.search import rebuild

pytestmark = [pytest.mark.core, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "PAUSE", 0)


@pytest.fixture
def message() -> WahaMessage:
    """The last of three messages of a chat, of which somebody has read one."""
    chat = make_chat()
    for minutes in (3, 2, 1):
        last = make_message(chat, at=timezone.now() - timedelta(minutes=minutes))
    chat.refresh_from_db()
    make_read(chat, make_user(), 1)
    return last


def rule(name: str) -> Rule:
    return next(each for each in nightly.RULES if each.name == name)


def found(name: str) -> dict[Any, str]:
    return rules.look(rule(name)).violations


def broken() -> list[str]:
    return [outcome.name for outcome in nightly.look(every_byte=True) if outcome.violations]


def test_good_rows_break_nothing(message: WahaMessage) -> None:
    assert (message.chat.in_seq, message.chat.read_floor) == (3, 1)
    assert broken() == []
    assert marks.read()[marks.INVARIANTS].said == {"broken": 0, "names": [], "unfinished": []}


def test_a_message_without_its_key_is_found(message: WahaMessage) -> None:
    WahaMessageKey.objects.filter(message_pk=message.pk).delete()

    assert found("messages") == {message.pk: "no key names it: it may be there twice"}


def test_a_key_of_another_time_is_found(message: WahaMessage) -> None:
    WahaMessageKey.objects.filter(message_pk=message.pk).update(
        created_at=message.created_at - timedelta(days=60)
    )

    assert found("messages") == {message.pk: "its key names another number, direction or time"}


def test_a_message_in_a_chat_of_another_number_is_found(message: WahaMessage) -> None:
    other = make_chat()
    message.stored().update(chat_id=other.pk)
    elsewhere = found("messages")
    message.stored().update(chat_id=77)

    assert elsewhere == {message.pk: "its chat is another number's"}
    assert found("messages") == {message.pk: "its chat 77 is gone"}


def test_a_lost_message_is_found_by_its_key_reaction_and_file(message: WahaMessage) -> None:
    reaction = WahaReaction.objects.create(
        session=message.session, message_pk=message.pk, sender_id="a", emoji="👍",
        reacted_at=timezone.now(),
    )  # fmt: skip
    media = WahaMedia.objects.create(
        session=message.session, chat=message.chat, message=message,
        message_created_at=message.created_at,
    )  # fmt: skip
    well = [found(name) for name in ("keys", "reactions", "media")]
    message.stored()._raw_delete("default")

    assert well == [{}, {}, {}]
    assert list(found("keys")) == [message.pk]
    assert list(found("reactions")) == [reaction.pk]
    assert list(found("media")) == [media.pk]


@pytest.mark.parametrize("event", ["person.erased", "retention.purged"])
def test_keys_that_an_erasure_or_a_retention_left_are_no_loss(
    message: WahaMessage, event: str
) -> None:
    message.stored()._raw_delete("default")
    lost = list(found("keys"))
    log.record(event, by=None, new={"month": f"{message.created_at:%Y-%m}", "messages": 1})

    assert (lost, found("keys")) == ([message.pk], {})


def test_a_last_line_that_is_not_the_newest_is_found(message: WahaMessage) -> None:
    WahaChat.objects.update(last_message_pk=7)
    other = found("last lines")
    WahaChat.objects.update(last_message_pk=message.pk, last_message_status=MessageStatus.FAILED)
    status = found("last lines")
    WahaChat.objects.update(last_message_status=message.status)

    assert other == {message.chat_id: f"its list row shows message 7, the newest is {message.pk}"}
    assert status == {message.chat_id: "its list row shows 'failed', the message 'received'"}
    assert found("last lines") == {}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"in_seq": 2}, "it counts 2 messages and has number 3"),
        ({"in_seq": 5}, "4 unread for who never opened it, a recount gives 2"),
        ({"read_floor": 4}, "it is read to 4 of 3"),
        ({"read_floor": 0}, "somebody read to 1, beyond its floor 0"),
    ],
)
def test_wrong_counters_are_found(message: WahaMessage, values: dict[str, int], words: str) -> None:
    WahaChat.objects.update(**values)

    assert found("unread") == {message.chat_id: words}


def test_people_who_read_beyond_the_end_are_found(message: WahaMessage) -> None:
    well = found("reads")
    ChatRead.objects.update(is_behind=True)
    behind = found("reads")
    ChatRead.objects.update(read_seq=9, is_behind=False)

    assert well == {}
    assert list(behind.values()) == ["read to 1 of 3, floor 1, behind: True"]
    assert list(found("reads").values()) == ["read to 9 of 3, floor 1, behind: False"]


def make_event(**fields: Any) -> WahaEvent:
    number = WahaEvent.objects.count()
    return WahaEvent.objects.create(
        **{"session_id": 1, "event": "message", "envelope_id": f"e{number}", "body": b"", **fields}
    )


def test_events_that_nobody_takes_up_or_explains_are_found() -> None:
    now = timezone.now()
    make_event(due_at=now)
    make_event(state=EventState.DONE)
    make_event(state=EventState.DEAD, last_error="unreadable")
    make_event(state=EventState.PARKED, waiting_for="A", due_at=now + timedelta(days=7))
    wrong = [
        make_event(state=EventState.DEAD),
        make_event(state=EventState.PARKED, due_at=now + timedelta(days=1)),
        make_event(due_at=now + timedelta(days=30)),
        make_event(state=EventState.PARKED, waiting_for="A", due_at=now - timedelta(days=2)),
    ]

    assert list(found("journal")) == [event.pk for event in wrong]


def make_send(status: MessageStatus, **fields: Any) -> WahaOutbox:
    message = make_message(make_chat(), "Yes", from_me=True, status=status)
    return WahaOutbox.objects.create(
        session=message.session, chat=message.chat, message=message,
        message_created_at=message.created_at, client_token=f"t{message.pk}", **fields,
    )  # fmt: skip


def test_sends_that_say_otherwise_than_their_message_are_found() -> None:
    now = timezone.now()
    make_send(MessageStatus.DELIVERED, state=OutboxState.SENT)
    make_send(MessageStatus.PENDING, state=OutboxState.SENDING, lease_until=now)
    lying = make_send(MessageStatus.PENDING, state=OutboxState.SENT)
    stuck = make_send(
        MessageStatus.PENDING, state=OutboxState.SENDING, lease_until=now - timedelta(hours=1)
    )
    gone_out = make_send(MessageStatus.READ, state=OutboxState.FAILED)
    make_send(MessageStatus.FAILED, state=OutboxState.FAILED)
    lost = make_send(MessageStatus.PENDING, state=OutboxState.QUEUED)
    lost.message.stored()._raw_delete("default")

    assert found("sends") == {
        lying.pk: "sent, but its message says pending",
        stuck.pk: "in the hands of a worker that is gone",
        gone_out.pk: "failed, but its message says read",
        lost.pk: "queued, but its message is gone",
    }


def test_a_message_that_waits_for_nobody_is_found() -> None:
    send = make_send(MessageStatus.PENDING, state=OutboxState.QUEUED)
    WahaMessage.objects.update(stored_at=timezone.now() - timedelta(hours=1))
    well = found("waiting")
    send.delete()

    assert (well, list(found("waiting"))) == ({}, [send.message_id])


@pytest.fixture
def kept(message: WahaMessage, var_dir: Path) -> Attachment:
    return services.store(
        [b"four"], record=message, name="a.txt", by=None, max_bytes=100, chat_id=message.chat_id
    )


def test_messages_that_search_lacks_or_knows_otherwise_are_found(message: WahaMessage) -> None:
    lacking, changed, kept = WahaMessage.objects.order_by("pk")
    WahaMessageText.objects.filter(pk=lacking.pk).delete()
    WahaMessageText.objects.filter(pk=changed.pk).update(words=" other ")

    assert set(found("search")) == {lacking.pk, changed.pk}
    assert found("found words") == {}

    rebuild.run(tell=lambda words: None)
    WahaMessage.objects.filter(pk=kept.pk).delete()

    assert (found("search"), set(found("found words"))) == ({}, {kept.pk})


def test_archived_messages_are_in_search_too(message: WahaMessage) -> None:
    columns = [field.attname for field in WahaMessage._meta.concrete_fields]
    row = WahaMessage.objects.filter(pk=message.pk).values(*columns)[0]
    WahaMessageArchive.objects.create(**row)
    WahaMessage.objects.filter(pk=message.pk).delete()

    whole = found("search"), found("found words")
    WahaMessageText.objects.filter(pk=message.pk).delete()

    assert (whole, set(found("search"))) == (({}, {}), {message.pk})


def test_search_that_is_still_being_filled_is_not_wrong(message: WahaMessage) -> None:
    WahaMessageText.objects.all().delete()
    WahaTextRebuild.objects.create(source="messages")

    assert found("search") == {}


def test_a_file_that_is_gone_shorter_or_another_one_is_found(kept: Attachment) -> None:
    well = rules.look(files.EVERY_BYTE).violations
    path = Path(default_storage.path(kept.path))
    path.chmod(0o600)
    path.write_bytes(b"FOUR")
    changed = rules.look(files.EVERY_BYTE).violations
    same_size = files.wrong_sizes([kept.pk])
    path.write_bytes(b"fou")
    shorter = files.wrong_sizes([kept.pk])
    path.unlink()

    assert well == {}
    assert changed == {kept.pk: "its bytes are not those that were stored"}
    assert same_size == {}
    assert shorter == {kept.pk: "its file has 3 bytes instead of 4"}
    assert files.wrong_sizes([kept.pk]) == {kept.pk: "its file is gone"}


def test_all_files_come_up_within_a_week(kept: Attachment, monkeypatch: pytest.MonkeyPatch) -> None:
    today, nights = timezone.now(), []
    for day in range(files.NIGHTS):
        monkeypatch.setattr(files.timezone, "now", lambda day=day: today + timedelta(days=day))
        nights += files.tonight().values_list("pk", flat=True)

    assert nights == [kept.pk]


def test_files_without_a_row_are_found_once_they_are_old(
    kept: Attachment, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = default_storage.save("left/over.txt", ContentFile(b"x"))
    young = files.orphans().violations
    monkeypatch.setattr(files, "YOUNG", timedelta(0))

    assert young == {}
    assert files.orphans().violations == {name: "no row speaks of this file"}


def test_a_changed_audit_entry_is_found(message: WahaMessage) -> None:
    log.record("hold.placed", target=message.chat, by=None)
    seals.seal_new(settle=timedelta(0))
    sealed = AuditSeal.objects.count()
    well = broken()
    with connection.cursor() as cursor:  # the manager refuses to
        cursor.execute("UPDATE audit_logs SET event = 'hold.released'")

    assert sealed > 0
    assert (well, broken()) == ([], ["audit log"])


def test_what_was_under_way_is_looked_at_twice(message: WahaMessage) -> None:
    asked: list[list[int]] = []

    def once(keys: list[int]) -> dict[int, str]:
        asked.append(keys)
        return {message.pk: "half done"} if len(asked) == 1 else {}

    outcome = rules.look(Rule("r", "", WahaMessage.objects.all, once))

    assert outcome.violations == {}
    assert asked[1:] == [[message.pk]]


def test_a_run_that_is_out_of_time_says_so(message: WahaMessage) -> None:
    outcomes = nightly.look(seconds=0.000001)

    unfinished = [outcome.name for outcome in outcomes if not outcome.is_finished]
    assert "messages" in unfinished
    assert marks.read()[marks.INVARIANTS].said["unfinished"] == unfinished


def test_rows_are_walked_in_portions(message: WahaMessage) -> None:
    each = Rule("r", "", WahaMessage.objects.all, lambda keys: {}, chunk=2)

    assert [len(keys) for keys in rules.portions(each)] == [2, 1]


def run(*arguments: str) -> tuple[list[str], str]:
    out = StringIO()
    try:
        call_command("check_invariants", *arguments, stdout=out)
    except CommandError as error:
        return out.getvalue().splitlines(), str(error)
    return out.getvalue().splitlines(), ""


def test_the_command_names_the_rows_and_ends_with_an_error(message: WahaMessage) -> None:
    WahaMessageKey.objects.filter(message_pk=message.pk).delete()

    lines, ended = run()

    at = lines.index(
        "BROKEN   messages: each message once, under its key, in a chat of its number: 1 do not"
    )
    assert lines[at + 1] == f"         {message.pk}: no key names it: it may be there twice"
    assert ended.startswith("1 rows contradict others.")
    assert marks.read()[marks.INVARIANTS].said["names"] == ["messages"]


def test_the_command_says_that_all_is_well(message: WahaMessage) -> None:
    lines, ended = run("--files")

    assert (lines[-1], ended) == ("All 16 invariants hold.", "")
    assert len(lines) == 17


def test_the_nightly_run_writes_what_it_found_into_the_log(
    message: WahaMessage, caplog: pytest.LogCaptureFixture
) -> None:
    WahaChat.objects.update(last_message_pk=7)

    nightly.run()

    assert [record.message for record in caplog.records if "invariant" in record.message] == [
        f"invariant last lines is broken: {message.chat_id}: its list row shows message 7, "
        f"the newest is {message.pk}"
    ]


def test_examples_stop_at_twenty() -> None:
    outcome = Outcome("r", 50, dict.fromkeys(range(50), "wrong"))

    assert len(outcome.examples) == rules.MOST
