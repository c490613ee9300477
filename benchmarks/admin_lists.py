"""(f) Lists of the administration at 100,000 rows against 1,000."""

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from accounts.models import SignIn, SignInKind, User
from audit.models import AuditLog
from benchmarks.report import Figure
from crm.models import Contact
from mercury.ops.seeding.factories import make_user

FEW, MANY = 1_000, 100_000
ROUNDS = 15
GOAL = 1.5
LISTS = {
    "users": "admin:accounts_user_changelist",
    "sign_ins": "admin:accounts_signin_changelist",
    "audit_logs": "admin:audit_auditlog_changelist",
    "contacts": "admin:crm_contact_changelist",
}


def run() -> list[Figure]:
    """Compare medians of warm pages, newest first as they open, as a superuser."""
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    client = Client()
    client.force_login(make_user(is_staff=True, is_superuser=True))
    fill(0, FEW)
    few = {name: measure(client, url) for name, url in LISTS.items()}
    fill(FEW, MANY)
    many = {name: measure(client, url) for name, url in LISTS.items()}
    figures = []
    for name in LISTS:
        before, after = few[name], many[name]
        detail = f"{after:.1f} ms : {before:.1f} ms"
        figures.append(
            Figure(f"admin list of {name}: 100k / 1k", after / before, GOAL, False, detail=detail)
        )
    return figures


def fill(first: int, last: int) -> None:
    """Rows number `first` to `last` of each list."""
    actor = User.objects.get_queryset().order_by("pk")[0]
    makers: dict[type[Model], Callable[[int], Model]] = {
        User: lambda n: User(name=f"Person {n}", email=f"listed{n}@example.com"),
        SignIn: lambda n: SignIn(user=actor, kind=SignInKind.SUCCESS, method="password"),
        AuditLog: lambda n: AuditLog(
            event="contact.changed", action=1, actor=actor, object_repr=f"Contact {n}"
        ),
        Contact: lambda n: Contact(name=f"Customer {n}"),
    }
    for model, make in makers.items():
        rows: Iterator[Any] = (make(n) for n in range(first, last))
        model._default_manager.bulk_create(rows, batch_size=2_000)
    if connection.vendor == "mysql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE TABLE users, sign_ins, audit_logs, contacts")
            cursor.fetchall()


def measure(client: Client, url: str) -> float:
    """Milliseconds of a warm page, the median."""
    page = reverse(url)
    answer = client.get(page)
    if answer.status_code != 200:
        raise AssertionError(f"{page} answered {answer.status_code}")
    took = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        client.get(page)
        took.append((time.perf_counter() - started) * 1000)
    return statistics.median(took)
