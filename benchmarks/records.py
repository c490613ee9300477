"""(i) Lists of contacts, companies and instructors at 1,000,000 rows against 10,000, as they open.

By somebody who sees all customers, and by somebody who sees some through one number.
"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client

from accounts.models import User
from benchmarks.report import Figure, Timed
from crm.models import Company, Contact, Instructor
from mercury.ops.seeding import factories
from waha.models import Level, WahaChat, WahaSession

FEW, TIMES = 10_000, 100
SEEN = 2_000
ROUNDS = 40
GOAL = 1.2
# Shows none of these rows.
YARDSTICK = "/search/"
LISTS = {
    "contacts by name": "/contacts/",
    "contacts last changed": "/contacts/?sort=changed",
    "contacts archived": "/contacts/?show=archived",
    "companies by name": "/companies/",
    "companies last changed": "/companies/?sort=changed",
    "instructors by name": "/instructors/",
}
# Table, what it must have beside its name, and the value of that.
TABLES = (
    ("contacts", "", ""),
    ("companies", ", website", ", ''"),
    ("instructors", ", subjects, email, phone", ", '', '', ''"),
)
MANY = """
    INSERT INTO {table} (created_at, updated_at, archived_at, name{more})
    SELECT DATE_ADD(one.created_at, INTERVAL n.n SECOND),
           DATE_ADD(one.updated_at, INTERVAL n.n SECOND),
           DATE_ADD(one.archived_at, INTERVAL n.n SECOND), CONCAT(one.name, ' ', n.n){values}
    FROM {table} one JOIN (
        SELECT a.n + 10 * b.n AS n
        FROM ({digits}) a JOIN ({digits}) b
    ) n WHERE n.n > 0
"""
DIGITS = " UNION ALL ".join(f"SELECT {digit} AS n" for digit in range(10))


def run() -> Iterator[Figure]:
    """Warm pages and the number of their queries in both sizes."""
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    people = {"all": sees_all(), "number": sees_some()}
    fill()
    few = {key: measure(people, *key) for key in asked()}
    started = time.perf_counter()
    multiply()
    print(f"# multiplied in {time.perf_counter() - started:.0f} s", flush=True)
    for key in asked():
        who, name = key
        label = f"{name}, seen by {who}: {FEW * TIMES:,} / {FEW:,}"
        yield from measure(people, *key).against(few[key], label, GOAL)


def asked() -> list[tuple[str, str]]:
    return [(who, name) for who in ("all", "number") for name in LISTS]


def sees_all() -> Client:
    user = factories.make_user()
    user.user_permissions.add(Permission.objects.get(codename="view_all"))
    return _browser(user)


def sees_some() -> Client:
    """Somebody with one number, whose customers `fill` makes among all others."""
    user = factories.make_user(name="Sees some")
    factories.share(factories.make_session(title="bench"), user, Level.VIEW)
    return _browser(user)


def fill() -> None:
    """FEW contacts and companies; every fiftieth is archived; SEEN of the contacts have a chat."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    for model, word in (
        (Contact, "Customer"),
        (Company, "Company"),
        (Instructor, "Instructor"),
    ):
        rows: Any = model._default_manager
        rows.bulk_create(
            (
                model(name=f"{word} {n:05}", archived_at=at if n % 50 == 0 else None)
                for n in range(FEW)
            ),
            batch_size=2_000,
        )
    companies = list(Company.objects.order_by("pk").values_list("pk", flat=True)[:FEW])
    contacts = list(Contact.objects.order_by("pk")[:SEEN])
    for contact, company in zip(contacts, companies, strict=False):
        contact.company_id = company
    Contact.objects.bulk_update(contacts, ["company"], batch_size=500)
    session = WahaSession.objects.get(title="bench")
    WahaChat.objects.bulk_create(
        WahaChat(session=session, chat_id=f"{contact.pk}@c.us", contact=contact)
        for contact in contacts
    )
    teachers = list(Instructor.objects.order_by("pk")[:SEEN])
    for teacher, contact in zip(teachers, contacts, strict=True):
        teacher.contact = contact
    Instructor.objects.bulk_update(teachers, ["contact"], batch_size=500)
    _analyze()


def multiply() -> None:
    """TIMES as many rows, of the same kinds."""
    with connection.cursor() as cursor:
        for table, more, values in TABLES:
            cursor.execute(MANY.format(table=table, more=more, values=values, digits=DIGITS))
    _analyze()


def measure(people: dict[str, Client], who: str, name: str) -> Timed:
    """A warm page that shows rows."""
    answer = people[who].get(LISTS[name])
    if answer.status_code != 200 or b"records-name" not in answer.content:
        raise AssertionError(f"{LISTS[name]} showed no rows to who sees {who}")
    return Timed.page(people[who], LISTS[name], YARDSTICK, ROUNDS)


def _browser(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="accounts.backends.RoleBackend")
    return client


def _analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE TABLE contacts, companies, instructors, waha_chats")
        cursor.fetchall()
