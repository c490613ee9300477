"""The archive: whole months, exact copies, nothing lost or twice."""

from datetime import datetime, timedelta
from io import StringIO
from threading import Thread
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from mercury.db import partitions
from mercury.db.locks import Busy, named_lock
from mercury.db.partitions import Month
from tests.waha.lifecycle.conftest import OLD, everywhere, make_old, run
from waha.lifecycle import archive, months, portions
from waha.lifecycle.portions import ArchiveError
from waha.models import (
    ArchiveState,
    MediaState,
    WahaArchiveMonth,
    WahaChat,
    WahaMedia,
    WahaMessage,
    WahaMessageArchive,
    whereabouts,
)

pytestmark = pytest.mark.django_db(transaction=True)


def values(rows: QuerySet[Any]) -> list[dict[str, Any]]:
    return list(rows.order_by("pk").values())


def test_archive_moves_a_month_with_every_column(chat: WahaChat) -> None:
    make_old(chat, 25)
    recent = WahaMessage.objects.create(
        session_id=chat.session_id, chat_id=chat.pk, created_at=timezone.now(), status="received"
    )
    before = values(WahaMessage.objects.exclude(pk=recent.pk))

    done = run()

    assert (done.archived, done.freed) == ([str(OLD)], [str(OLD)])
    assert values(WahaMessageArchive.objects.all()) == before
    assert list(WahaMessage.objects.values_list("pk", flat=True)) == [recent.pk]
    month = WahaArchiveMonth.objects.get()
    assert (month.state, month.rows) == (ArchiveState.DROPPED, 25)


def test_archive_in_small_batches_is_the_same(
    chat: WahaChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "BATCH", 7)
    make_old(chat, 25)
    before = values(WahaMessage.objects.all())

    run()

    assert values(WahaMessageArchive.objects.all()) == before
    assert WahaArchiveMonth.objects.get().rows == 25


def test_archive_leaves_months_that_are_not_whole_or_too_young(chat: WahaChat) -> None:
    young = Month.of(timezone.now()).plus(-6)
    make_old(chat, 3, month=young)

    done = run()

    assert (done.archived, WahaMessageArchive.objects.count()) == ([], 0)
    assert WahaMessage.objects.count() == 3


@pytest.mark.parametrize(
    ("today", "expected"), [("2026-11-22", "2026-04"), ("2026-07-01", "2025-12")]
)
def test_last_due_month_ended_six_months_ago(today: str, expected: str) -> None:
    now = datetime.fromisoformat(f"{today}T00:00:00+00:00")

    assert str(months.last_due(6, now=now)) == expected


def test_archive_waits_for_files_that_are_being_fetched(chat: WahaChat) -> None:
    row = make_old(chat, 2)[0]
    WahaMedia.objects.create(
        session_id=chat.session_id, chat_id=chat.pk, message_id=row.pk,
        message_created_at=row.created_at, state=MediaState.PENDING,
    )  # fmt: skip

    held = run()
    WahaMedia.objects.update(state=MediaState.STORED)
    done = run()

    assert (held.archived, held.waiting, done.archived) == ([], [str(OLD)], [str(OLD)])


def test_archive_copies_again_what_changes_while_it_works(chat: WahaChat) -> None:
    rows = make_old(chat, 6)

    def meddle(line: str) -> None:
        if "verified" in line or "being verified" in line:
            WahaMessage.objects.filter(pk=rows[1].pk).update(status="read")
            WahaMessage.objects.filter(pk=rows[2].pk).delete()

    run(tell=meddle)

    assert WahaMessageArchive.objects.get(pk=rows[1].pk).status == "read"
    assert everywhere() == dict.fromkeys([row.pk for row in rows if row is not rows[2]], 1)


def test_a_row_that_comes_late_for_a_freed_month_follows_it(chat: WahaChat) -> None:
    make_old(chat, 4)
    run()
    late = make_old(chat, 1, at=OLD.start + timedelta(days=3))[0]

    run()

    assert WahaMessageArchive.objects.filter(pk=late.pk).exists()
    assert set(everywhere().values()) == {1}


def test_one_run_at_a_time(chat: WahaChat) -> None:
    make_old(chat, 1)
    second: list[BaseException] = []

    def again() -> None:
        try:
            run()
        except Busy as busy:
            second.append(busy)
        finally:
            connection.close()

    with named_lock("archive"):
        thread = Thread(target=again)
        thread.start()
        thread.join()

    assert [str(each) for each in second] == [
        "Another run of archive is under way. Wait until it ends."
    ]
    assert WahaMessageArchive.objects.count() == 0


def test_archive_notices_a_copy_that_differs_and_stops(
    chat: WahaChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_old(chat, 5)
    real = portions.copy

    def spoil(*arguments: Any, **options: Any) -> int:
        copied = real(*arguments, **options)
        WahaMessageArchive.objects.filter(content__startswith="message 3").update(content="other")
        return copied

    monkeypatch.setattr(portions, "copy", spoil)

    with pytest.raises(ArchiveError, match="differ from their copy"):
        run()

    assert (WahaMessage.objects.count(), whereabouts.read_months()) == (5, frozenset())


def test_archive_refuses_when_a_column_is_missing_there(chat: WahaChat) -> None:
    make_old(chat, 1)
    add = "ALTER TABLE waha_messages ADD COLUMN mood VARCHAR(20) NULL"
    drop = "ALTER TABLE {} DROP COLUMN mood"
    with connection.cursor() as cursor:
        cursor.execute(add)
    try:
        with pytest.raises(ArchiveError, match="lacks mood"):
            run()
        with connection.cursor() as cursor:
            cursor.execute(add.replace("waha_messages", "waha_messages_archive"))
            cursor.execute("UPDATE waha_messages SET mood = 'glad'")
        run()
        with connection.cursor() as cursor:
            cursor.execute("SELECT mood FROM waha_messages_archive")
            found = cursor.fetchall()
    finally:
        with connection.cursor() as cursor:
            cursor.execute(drop.format("waha_messages"))
            cursor.execute(drop.format("waha_messages_archive"))

    assert list(found) == [("glad",)]


def test_both_tables_have_the_same_columns() -> None:
    with connection.cursor() as cursor:
        describe = connection.introspection.get_table_description
        hot, archived = (
            {
                (c.name, c.type_code, c.display_size, c.precision, c.scale, c.null_ok, c.collation)
                for c in describe(cursor, table)
            }
            for table in ("waha_messages", "waha_messages_archive")
        )

    assert hot == archived


def test_flip_keeps_writers_out_until_it_is_done(chat: WahaChat) -> None:
    make_old(chat, 2)
    run()

    with transaction.atomic():
        known = whereabouts.pass_gate()

    assert (known.holds(OLD.start), known.holds(timezone.now())) == (True, False)


def test_freed_months_partition_is_gone(chat: WahaChat) -> None:
    make_old(chat, 2)
    run()

    left = partitions.names(connection, "waha_messages")

    assert OLD.partition("waha_messages") not in left
    if connection.vendor == "mysql":
        assert OLD.partition("waha_messages_archive") in partitions.names(
            connection, "waha_messages_archive"
        )


def test_older_months_go_first_and_one_partition_that_holds_two_goes_last(chat: WahaChat) -> None:
    ancient = OLD.plus(-60)
    rows = make_old(chat, 3, month=ancient) + make_old(chat, 3)

    done = run()

    assert done.archived == [str(ancient), str(OLD)]
    assert everywhere() == dict.fromkeys([row.pk for row in rows], 1)
    assert WahaMessage.objects.count() == 0


def test_copy_newer_leaves_a_newer_copy_alone(chat: WahaChat) -> None:
    row = make_old(chat, 1)[0]
    run()
    WahaMessageArchive.objects.filter(pk=row.pk).update(status="read")
    WahaMessage.objects.bulk_create([row])
    WahaMessage.objects.update(updated_at=timezone.now() - timedelta(days=1))

    run()

    assert WahaMessageArchive.objects.get().status == "read"
    assert WahaMessage.objects.count() == 0


def test_command_says_what_it_would_do_and_does_it(chat: WahaChat) -> None:
    make_old(chat, 5)

    looked, moved = StringIO(), StringIO()
    call_command("archive_messages", dry_run=True, stdout=looked)
    call_command("archive_messages", no_wait=True, stdout=moved)

    assert looked.getvalue().splitlines() == [
        f"{OLD}: 5 messages",
        "1 months, 5 messages would be archived.",
    ]
    assert moved.getvalue().splitlines()[-1] == "Archived 1 months, freed 0, 0 wait."
    assert everywhere() == dict.fromkeys(WahaMessage.objects.values_list("pk", flat=True), 2)


@pytest.mark.parametrize("age", ["0m", "6 weeks"])
def test_command_refuses_an_age_that_is_none(age: str) -> None:
    with pytest.raises(CommandError, match="--older-than takes months"):
        call_command("archive_messages", older_than=age)
