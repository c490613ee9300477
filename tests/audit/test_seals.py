"""Seals: whatever is done to sealed entries, `audit verify` says so."""

import threading
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from audit import log, retention, seals, verification
from audit.models import AuditLog, AuditSeal
from crm.models import Company

NOW = timedelta(0)


@pytest.fixture
def sealed(db: None, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Twelve entries in three ranges."""
    monkeypatch.setattr(seals, "RANGE", 4)
    for number in range(12):
        log.record("thing.changed", old={"n": number}, new={"n": number + 1})
    seals.seal_new(settle=NOW)
    return list(AuditLog.objects.order_by("pk").values_list("pk", flat=True))


def tamper(sql: str, *values: Any) -> None:
    """Change the table as somebody with the database's password would."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def findings(**options: Any) -> list[str]:
    return verification.verify(**options).findings


def test_an_untouched_log_is_whole(sealed: list[int]) -> None:
    report = verification.verify()

    assert (report.findings, report.entries, report.seals, report.tail) == ([], 12, 3, 0)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("event", "thing.kept"),
        ("user_id", 99),
        ("created_at", "2020-01-01 00:00:00"),
        ("old_values", '{"n": 400}'),
        ("ip_address", "203.0.113.9"),
        ("user_agent", "Lynx"),
        ("object_repr", "another"),
    ],
)
def test_one_changed_column_is_found_and_named(
    sealed: list[int], column: str, value: object
) -> None:
    tamper(f"UPDATE audit_logs SET {column} = %s WHERE id = %s", value, sealed[6])  # noqa: S608

    assert findings() == [f"Entry {sealed[6]} was changed."]


def test_a_deleted_entry_is_found(sealed: list[int]) -> None:
    tamper("DELETE FROM audit_logs WHERE id = %s", sealed[2])

    assert findings() == [f"Entry {sealed[2]} was deleted."]


def test_a_changed_seal_is_found_even_when_its_chain_is_mended(sealed: list[int]) -> None:
    """Without our key nobody can make the hash that a changed row would need."""
    first = AuditSeal.objects.order_by("pk")[0]
    tamper("UPDATE audit_logs SET event = 'x' WHERE id = %s", sealed[0])
    tamper("UPDATE audit_seals SET digest = %s WHERE id = %s", "0" * 64, first.pk)

    assert findings()[0] == f"Seal {first.pk} itself was changed."


def test_a_seal_taken_out_is_found(sealed: list[int]) -> None:
    middle = AuditSeal.objects.order_by("pk")[1]
    tamper("DELETE FROM audit_seals WHERE id = %s", middle.pk)

    assert findings()[0] == (
        f"Seal {middle.pk + 1} does not follow the one before it: seals were taken out or replaced."
    )


def test_a_cut_end_is_found_with_the_head_that_was_kept(sealed: list[int]) -> None:
    head = seals.head()
    assert head is not None
    tamper("DELETE FROM audit_logs WHERE id >= %s", head.first_id)
    tamper("DELETE FROM audit_seals WHERE id = %s", head.pk)

    assert findings() == []
    assert findings(kept_head=f"{head.pk}:{head.hash}") == [
        f"Seal {head.pk} is not the one that was kept: the end of the log was cut or rewritten."
    ]


def test_an_entry_that_commits_late_gets_a_seal_of_its_own(sealed: list[int]) -> None:
    """Its id was given out before those of a range that is sealed already."""
    late = sealed[-1] + 1
    for _each in range(2):
        log.record("thing.changed")
    row = AuditLog.objects.filter(pk=late).values().get()
    tamper("DELETE FROM audit_logs WHERE id = %s", late)
    seals.seal_new(settle=NOW)
    AuditLog.objects.bulk_create([AuditLog(**row)])

    done = seals.seal_new(settle=NOW)

    assert (done, findings()) == (1, [])
    assert AuditSeal.objects.get(is_late=True).first_id == late
    tamper("UPDATE audit_logs SET event = 'x' WHERE id = %s", late)
    assert findings() == [f"Entry {late} was changed."]


def test_an_entry_put_in_long_afterwards_is_found(sealed: list[int]) -> None:
    gap = sealed[-1] + 1
    log.record("thing.changed")
    tamper("DELETE FROM audit_logs WHERE id = %s", gap)
    log.record("thing.changed")
    seals.seal_new(settle=NOW)
    AuditSeal.objects.update(created_at=timezone.now() - timedelta(days=3))
    forged = AuditLog(pk=gap, action=1, event="user.roles", object_pk="1", object_repr="x")
    AuditLog.objects.bulk_create([forged])
    tamper("UPDATE audit_logs SET created_at = '2020-01-01 00:00:00' WHERE id = %s", gap)

    seals.seal_new(settle=NOW)

    assert findings() == [f"Entry {gap} was put in afterwards."]


def test_the_tail_is_told_with_its_age(sealed: list[int]) -> None:
    log.record("thing.changed")
    tamper(
        "UPDATE audit_logs SET created_at = %s WHERE id > %s",
        (timezone.now() - timedelta(seconds=90)).strftime("%Y-%m-%d %H:%M:%S"),
        sealed[-1],
    )
    out = StringIO()

    call_command("audit", "verify", stdout=out)

    report = verification.verify()
    assert (report.tail, round(report.tail_age.total_seconds(), -1)) == (1, 90)
    assert "1 entries have no seal yet, the oldest for 9" in out.getvalue()


def test_fresh_entries_wait_for_transactions_before_them(db: None) -> None:
    log.record("thing.changed")

    assert seals.seal_new() == 0
    assert seals.seal_new(settle=NOW) == 1


def test_verify_fails_the_command(sealed: list[int]) -> None:
    tamper("UPDATE audit_logs SET tags = 'x' WHERE id = %s", sealed[0])
    out = StringIO()

    with pytest.raises(CommandError, match="not as it was written"):
        call_command("audit", "verify", stdout=out)

    assert f"Entry {sealed[0]} was changed." in out.getvalue()


def test_retention_drops_whole_ranges_and_keeps_their_seals(sealed: list[int]) -> None:
    old = timezone.now() - timedelta(days=100)
    AuditSeal.objects.all().delete()
    tamper(
        "UPDATE audit_logs SET created_at = %s WHERE id < %s",
        old.strftime("%Y-%m-%d %H:%M:%S"),
        sealed[6],
    )
    seals.seal_new(settle=NOW)
    last = AuditSeal.objects.order_by("-pk")[0].last_id
    call_command("audit", "prune", "--older-than", "2", "--dry-run", stdout=StringIO())
    assert AuditLog.objects.count() == 12

    done = retention.prune(2)

    assert (done.seals, done.entries) == (1, 4)  # the second range has younger ones too
    assert list(AuditLog.objects.filter(pk__lte=last).values_list("pk", flat=True)) == sealed[:3:-1]
    report = verification.verify()
    assert (report.findings, report.seals, report.purged) == ([], 3, 4)


@pytest.mark.slow
@pytest.mark.once
def test_one_changed_row_in_100_000_is_found(db: None) -> None:
    AuditLog.objects.bulk_create(
        AuditLog(event="thing.changed", action=1, object_pk=str(n), object_repr=f"thing {n}")
        for n in range(1_000)
    )
    copied = ", ".join(field.column for field in AuditLog._meta.concrete_fields[1:])
    for _hundredth in range(99):
        tamper(
            f"INSERT INTO audit_logs ({copied}) "  # noqa: S608
            f"SELECT {copied} FROM audit_logs ORDER BY id LIMIT 1000"
        )
    seals.seal_new(settle=NOW)
    pk = AuditLog.objects.order_by("pk")[61_803].pk

    tamper("UPDATE audit_logs SET user_agent = 'x' WHERE id = %s", pk)

    assert findings() == [f"Entry {pk} was changed."]


@pytest.mark.mysql
@pytest.mark.core
@pytest.mark.django_db(transaction=True)
def test_no_write_waits_on_anothers_entry() -> None:
    """While one transaction holds its entry open, others write theirs and seals are made."""
    first = Company.objects.create(name="A")
    done: list[str] = []

    def write() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET innodb_lock_wait_timeout = 1")
            with transaction.atomic():
                log.record("company.changed", target=first)
            seals.seal_new(settle=NOW)
            done.append("written")
        finally:
            connection.close()

    with transaction.atomic():
        log.record("company.changed", target=first)
        thread: Callable[[], None] = write
        other = threading.Thread(target=thread)
        other.start()
        other.join(timeout=10)

    assert done == ["written"]


@pytest.mark.mysql
@pytest.mark.once
@pytest.mark.django_db(transaction=True)
def test_a_user_with_the_printed_grants_adds_and_cannot_change() -> None:
    """The rights of docs/audit.md, tried by a database user who has them and no others."""
    place = connection.settings_dict
    printed = StringIO()
    call_command("audit", "grants", "--user", "'appender'@'%'", stdout=printed)
    with connection.cursor() as cursor:
        cursor.execute("DROP USER IF EXISTS 'appender'@'%'")
        cursor.execute("CREATE USER 'appender'@'%' IDENTIFIED BY 'Only-for-tests-1'")
        for statement in printed.getvalue().splitlines():
            cursor.execute(statement)
    log.record("thing.changed")
    other = connection.copy()
    other.settings_dict = {**place, "USER": "appender", "PASSWORD": "Only-for-tests-1"}
    try:
        with other.cursor() as cursor:
            cursor.execute(
                "INSERT INTO audit_logs (object_pk, object_repr, action, changes_text, "
                "created_at, updated_at, user_type, event, url, user_agent, tags) VALUES "
                "('', '', 1, '', NOW(6), NOW(6), 'accounts.user', 'x', '', '', '')"
            )
            for attempt in (
                "UPDATE audit_logs SET event = 'y'",
                "DELETE FROM audit_logs",
                "DELETE FROM audit_seals",
                "TRUNCATE TABLE audit_logs",
            ):
                with pytest.raises(OperationalError, match="denied"):
                    cursor.execute(attempt)
    finally:
        other.close()
        with connection.cursor() as cursor:
            cursor.execute("DROP USER IF EXISTS 'appender'@'%'")

    assert list(AuditLog.objects.order_by("pk").values_list("event", flat=True)) == [
        "thing.changed",
        "x",
    ]
