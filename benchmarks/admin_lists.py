"""(f) Lists of the administration at 100,000 rows against 1,000."""

from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from accounts.models import SignIn, SignInKind, User
from audit.models import AuditLog
from benchmarks.report import Figure, Timed
from crm.models import Contact
from mercury.ops.seeding.factories import make_user

FEW, MANY = 1_000, 100_000
ROUNDS = 15
GOAL = 1.5
# Shows none of these rows.
YARDSTICK = "/search/"
# People last: while they are few, MySQL is tempted to join them by hash and sort the logs.
LISTS: dict[type[Model], str] = {
    SignIn: "admin:accounts_signin_changelist",
    AuditLog: "admin:audit_auditlog_changelist",
    Contact: "admin:crm_contact_changelist",
    User: "admin:accounts_user_changelist",
}


def run() -> Iterator[Figure]:
    """Compare warm pages, newest first as they open, as a superuser."""
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    client = Client()
    client.force_login(make_user(is_staff=True, is_superuser=True))
    for model, url in LISTS.items():
        fill(model, 0, FEW)
        few = measure(client, url)
        fill(model, FEW, MANY)
        what = f"admin list of {model._meta.db_table}: 100k / 1k"
        yield from measure(client, url).against(few, what, GOAL)


def fill(model: type[Model], first: int, last: int) -> None:
    """Rows number `first` to `last` of a list."""
    actor = User.objects.get_queryset().order_by("pk")[0]
    makers: dict[type[Model], Callable[[int], Model]] = {
        User: lambda n: User(name=f"Person {n}", email=f"listed{n}@example.com"),
        SignIn: lambda n: SignIn(user=actor, kind=SignInKind.SUCCESS, method="password"),
        AuditLog: lambda n: AuditLog(
            event="contact.changed", action=1, actor=actor, object_repr=f"Contact {n}"
        ),
        Contact: lambda n: Contact(name=f"Customer {n}"),
    }
    rows: Iterator[Any] = (makers[model](n) for n in range(first, last))
    model._default_manager.bulk_create(rows, batch_size=2_000)
    if connection.vendor == "mysql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE TABLE {model._meta.db_table}")
            cursor.fetchall()


def measure(client: Client, url: str) -> Timed:
    """A warm page."""
    page = reverse(url)
    answer = client.get(page)
    if answer.status_code != 200:
        raise AssertionError(f"{page} answered {answer.status_code}")
    return Timed.page(client, page, YARDSTICK, ROUNDS)
