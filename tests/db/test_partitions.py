"""Months, and the partitions named after them."""

from datetime import UTC, datetime
from threading import Thread

import pytest
from django.db import connection, connections
from django.utils import timezone

from mercury.db import partitions
from mercury.db.partitions import Month
from waha.lifecycle.partitions import create_ahead, in_maximum
from waha.models import MessageStatus, WahaMessage

TABLE = "waha_messages"


@pytest.mark.parametrize(
    ("start", "step", "expected"),
    [
        (Month(2026, 11), 1, Month(2026, 12)),
        (Month(2026, 12), 1, Month(2027, 1)),
        (Month(2026, 1), -1, Month(2025, 12)),
        (Month(2024, 2), 12, Month(2025, 2)),
        (Month(2026, 6), -24, Month(2024, 6)),
    ],
)
def test_months_add_across_years(start: Month, step: int, expected: Month) -> None:
    assert start.plus(step) == expected


def test_a_leap_february_ends_on_the_first_of_march() -> None:
    assert Month(2028, 2).clause("t") == (
        "PARTITION t_2028_02 VALUES LESS THAN ('2028-03-01 00:00:00')"
    )


@pytest.mark.core
@pytest.mark.mysql
@pytest.mark.django_db(transaction=True)
def test_splitting_the_last_partition_loses_no_row_and_runs_twice() -> None:
    this_month = Month.of(timezone.now())
    far = this_month.plus(5).start
    WahaMessage.objects.create(
        session_id=1, chat_id=1, created_at=far, status=MessageStatus.RECEIVED
    )
    before = set(partitions.names(connection, TABLE))

    waiting = in_maximum()
    first, second = create_ahead(6), create_ahead(6)

    made = set(partitions.names(connection, TABLE)) - before
    assert (made - set(first), len(made), second) == (set(), 3, [])
    assert (waiting, in_maximum()) == ({TABLE: 1}, {})
    with connection.cursor() as cursor:
        name = Month.of(far).partition(TABLE)
        cursor.execute(f"SELECT COUNT(*) FROM {TABLE} PARTITION ({name})")  # noqa: S608  # our names
        assert cursor.fetchone()[0] == 1


@pytest.mark.core
@pytest.mark.mysql
@pytest.mark.django_db
def test_a_range_of_time_reads_only_its_months() -> None:
    rows = WahaMessage.objects.filter(
        chat_id=1,
        created_at__gte=datetime(2026, 10, 1, tzinfo=UTC),
        created_at__lt=datetime(2026, 11, 1, tzinfo=UTC),
    )
    sql, params = rows.query.sql_with_params()
    explain = (
        "EXPLAIN PARTITIONS"
        if connections["default"].mysql_is_mariadb
        else "EXPLAIN FORMAT=TRADITIONAL"
    )

    with connection.cursor() as cursor:
        cursor.execute(f"{explain} {sql}", params)
        names = [column[0] for column in cursor.description]
        plan = dict(zip(names, cursor.fetchone(), strict=True))

    assert plan["partitions"] == "waha_messages_2026_10"


@pytest.mark.django_db
def test_sqlite_has_no_partitions_and_says_so() -> None:
    if connection.vendor == "mysql":
        assert partitions.names(connection, TABLE)[-1] == partitions.maximum(TABLE)
        return

    assert (partitions.names(connection, TABLE), create_ahead(6)) == ([], [])


@pytest.mark.core
@pytest.mark.mysql
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_that_make_partitions_at_once_both_succeed() -> None:
    before = set(partitions.names(connection, TABLE))
    errors: list[BaseException] = []

    def make() -> None:
        try:
            for ahead in range(12, 18):
                partitions.create_ahead(connection, TABLE, now=timezone.now(), ahead=ahead)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [Thread(target=make) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    made = [name for name in partitions.names(connection, TABLE) if name not in before]
    for name in made:
        partitions.drop(connection, TABLE, name)
    months = [Month.of(timezone.now()).plus(step).partition(TABLE) for step in range(18)]
    assert (errors, set(months) - before - set(made)) == ([], set())
    assert made == sorted(made)


@pytest.mark.core
@pytest.mark.mysql
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_schedule_that_stood_still_makes_up_for_it() -> None:
    """Rows that waited in the last partition go to their own months, in one ALTER."""
    before = set(partitions.names(connection, TABLE))
    later = Month.of(timezone.now()).plus(14)
    for step in range(7, 15):
        WahaMessage.objects.create(
            session_id=1, chat_id=1, created_at=Month.of(timezone.now()).plus(step).start,
            status=MessageStatus.RECEIVED,
        )  # fmt: skip

    partitions.create_ahead(connection, TABLE, now=later.start, ahead=0)

    counts = {}
    with connection.cursor() as cursor:
        for name in set(partitions.names(connection, TABLE)) - before:
            cursor.execute(f"SELECT COUNT(*) FROM {TABLE} PARTITION ({name})")  # noqa: S608  # our names
            counts[name] = cursor.fetchone()[0]
            partitions.drop(connection, TABLE, name)
    assert sum(counts.values()) == 8
    assert max(counts.values()) == 1
