"""(h) The audit and error lists at 1,000,000 rows against 10,000; sealing and verifying them."""

import time
from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.test import Client

from accounts.models import User
from audit import seals, verification
from audit.models import AuditLog, ErrorLog
from benchmarks.report import Figure, Timed
from mercury.ops.seeding.factories import make_user

FEW, SEALED, MANY = 10_000, 130_000, 1_000_000
STEP = 100_000
ROUNDS = 15
GOAL = 1.2
# Shows none of these rows.
YARDSTICK = "/search/"
EVENTS = ("contact.changed", "session.shared", "user.signed_in", "chat.viewed")


def run() -> Iterator[Figure]:
    """Compare warm pages; how fast SEALED entries are sealed and verified."""
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    reader = make_user(is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(reader)
    pages = {
        "audit": "/audit/",
        "audit, by person": f"/audit/?who={reader.pk}",
        "audit, by event": "/audit/?event=user.signed_in",
        "audit, by address": "/audit/?address=203.0.113.7",
        "audit, by way": "/audit/?road=admin",
        "errors": "/errors/",
    }
    fill(reader, FEW)
    few = {name: measure(client, url) for name, url in pages.items()}
    fill(reader, SEALED)
    yield from sealing()
    fill(reader, MANY)
    for name, url in pages.items():
        yield from measure(client, url).against(few[name], f"{name}: 1M / 10k rows", GOAL)


def fill(actor: User, until: int) -> None:
    """Rows up to number `until` in both logs, copied in the database."""
    for model, first in ((AuditLog, entry), (ErrorLog, error)):
        if not model._default_manager.exists():
            first(actor)
        columns = ", ".join(
            connection.ops.quote_name(field.column)
            for field in model._meta.concrete_fields
            if field.name not in {"id", "fingerprint"}
        )
        table = model._meta.db_table
        while (have := model._default_manager.order_by("-pk")[0].pk) < until:
            unique = ", fingerprint" if model is ErrorLog else ""
            value = ", UUID()" if model is ErrorLog else ""
            with connection.cursor() as cursor:
                cursor.execute(
                    f"INSERT INTO {table} ({columns}{unique}) SELECT {columns}{value} "  # noqa: S608
                    f"FROM {table} ORDER BY id LIMIT {min(STEP, have, until - have)}"
                )
    with connection.cursor() as cursor:
        if connection.vendor == "mysql":
            cursor.execute("ANALYZE TABLE audit_logs, error_logs")
            cursor.fetchall()


def entry(actor: User) -> None:
    """The first rows of the audit log, of every kind that the filters ask for."""
    AuditLog.objects.bulk_create(
        AuditLog(
            event=EVENTS[n % len(EVENTS)], action=1, actor=actor if n % 3 else None,
            object_pk=str(n), object_repr=f"thing {n}", new_values={"n": n},
            remote_addr=f"203.0.113.{n % 50}", tags="admin" if n % 5 == 0 else "",
        )
        for n in range(1_000)
    )  # fmt: skip


def error(actor: User) -> None:
    """The first rows of the error log."""
    ErrorLog.objects.bulk_create(
        ErrorLog(level="ERROR", kind="ValueError", message=f"boom {n}", fingerprint=f"e{n}")
        for n in range(1_000)
    )


def sealing() -> Iterator[Figure]:
    """Seal and verify all, and again with one entry changed; goals are floors for one core."""
    started = time.perf_counter()
    sealed = seals.seal_new(settle=timedelta(0))
    between = time.perf_counter()
    report = verification.verify()
    ended = time.perf_counter()
    if report.findings:
        raise AssertionError(report.findings[:3])
    yield Figure("entries sealed", sealed / (between - started), 2_000, True, "/s")
    yield Figure(
        "entries verified", report.entries / (ended - between), 2_000, True, "/s",
        detail=f"{report.entries:,} in {ended - between:.1f} s",
    )  # fmt: skip
    changed = AuditLog.objects.order_by("pk")[sealed // 2].pk
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_logs SET url = '/x/' WHERE id = %s", [changed])
    found = verification.verify().findings
    if found != [f"Entry {changed} was changed."]:
        raise AssertionError(found[:3])
    yield Figure("entries found changed, of one changed", len(found), 1, True)


def measure(client: Client, url: str) -> Timed:
    """A warm page."""
    answer = client.get(url)
    if answer.status_code != 200:
        raise AssertionError(f"{url} answered {answer.status_code}")
    return Timed.page(client, url, YARDSTICK, ROUNDS)
