"""Records that write down their changes by themselves."""

from collections.abc import Iterator
from typing import Any

import pytest
from auditlog.context import disable_auditlog
from auditlog.registry import auditlog
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from audit import changes, log, tracking
from audit.context import NOBODY, Origin, acting
from audit.masking import HIDDEN
from audit.models import AppendOnly, AuditLog
from crm.models import Company, Contact
from tests import factories

COLUMNS = (
    "user_type", "actor_id", "content_type_id", "object_id", "old_values", "new_values", "url",
    "remote_addr", "user_agent", "tags", "cid",
)  # fmt: skip
AT_WORK = Origin(url="https://crm.example.com/x/", request_id="req-1", tags="admin")


@pytest.fixture
def at_work() -> Iterator[None]:
    with acting(AT_WORK):
        yield


def entries(event: str) -> list[AuditLog]:
    return list(AuditLog.objects.filter(event=event).order_by("pk"))


@pytest.mark.django_db
def test_create_change_and_delete_are_told_with_values(at_work: None) -> None:
    company = Company.objects.create(name="ADNOC")
    company.name = "ADNOC Ltd"
    company.save()
    pk = company.pk
    company.delete()

    told = AuditLog.objects.order_by("pk").values_list("event", "object_id", "tags", "cid")
    assert list(told) == [
        ("company.added", pk, "admin", "req-1"),
        ("company.changed", pk, "admin", "req-1"),
        ("company.deleted", pk, "admin", "req-1"),
    ]
    changed = entries("company.changed")[0]
    assert (changed.old_values, changed.new_values) == ({"name": "ADNOC"}, {"name": "ADNOC Ltd"})


@pytest.mark.django_db
def test_a_save_costs_two_queries_more_and_one_without_a_change(at_work: None) -> None:
    company = Company.objects.create(name="ADNOC")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            company.save(update_fields=["name"])
        return len(captured)

    company.name = "ADNOC Ltd"
    with disable_auditlog():
        without = queries()
    company.name = "ADNOC plc"
    assert queries() == without + 2
    assert queries() == without + 1


@pytest.mark.django_db
def test_secrets_phones_and_customers_are_hidden(at_work: None) -> None:
    user = User.objects.create_user("olga@example.com", password="top secret word", name="Olga")
    user.encrypted_phone = "+447700900123"
    user.save()
    contact = Contact.objects.create(name="Amira Khan")

    kept = str(list(AuditLog.objects.values()))
    assert entries("user.changed")[0].new_values == {"encrypted_phone": HIDDEN}
    assert entries("contact.added")[0].new_values == {"name": HIDDEN}
    assert entries("contact.added")[0].object_repr == f"contact {contact.pk}"
    for secret in ("top secret word", user.password, "7700900", "Amira", user.remember_token):
        assert secret not in kept


@pytest.mark.django_db
def test_values_under_secret_names_are_hidden_at_any_depth(at_work: None) -> None:
    entry = log.record(
        "x", new={"api_key": "k-123", "deep": {"token": "t-1"}, "password": True, "name": "A"}
    )

    assert entry.new_values == {
        "api_key": HIDDEN, "deep": {"token": HIDDEN}, "password": True, "name": "A",
    }  # fmt: skip


@pytest.mark.django_db
def test_a_bulk_update_tells_each_row_at_two_queries_more(at_work: None) -> None:
    for number in range(30):
        Company.objects.create(name=f"Firm {number}")
    Company.objects.create(name="Same", website="https://example.com")

    with CaptureQueriesContext(connection) as captured:
        changed = changes.update(Company.objects.all(), website="https://example.com")

    told = entries("company.changed")
    statements = [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
    assert (len(changed), len(told), len(statements)) == (30, 30, 3)
    assert (told[0].old_values, told[0].new_values) == (
        {"website": ""},
        {"website": "https://example.com"},
    )
    assert told[0].cid == "req-1"


@pytest.mark.django_db
def test_entries_are_neither_changed_nor_deleted() -> None:
    entry = log.record("x")

    for attempt in (
        entry.save,
        entry.delete,
        AuditLog.objects.all().delete,
        lambda: AuditLog.objects.update(event="y"),
        lambda: AuditLog.objects.bulk_update([entry], ["event"]),
    ):
        with pytest.raises(AppendOnly):
            attempt()
    assert AuditLog.objects.get().event == "x"


@pytest.mark.django_db
def test_deleting_users_records_and_types_leaves_the_log(at_work: None) -> None:
    user = factories.make_user(name="Olga")
    company = Company.objects.create(name="ADNOC")
    log.record("company.renamed", target=company, by=user)
    before = list(AuditLog.objects.order_by("pk").values())

    kind = AuditLog.objects.get(event="company.renamed").content_type
    with acting(NOBODY):
        company.delete()
        user.delete()
        kind.delete()

    assert list(AuditLog.objects.order_by("pk").values()) == before


@pytest.mark.django_db
def test_relations_are_told_by_the_keys_that_came_and_went(at_work: None) -> None:
    first, second = Permission.objects.order_by("pk")[:2]
    tracking.track(Group, fields=["name"], relations=["permissions"])
    try:
        group = Group.objects.create(name="Night shift")
        group.permissions.set([first, second])
        group.permissions.set([second])
    finally:
        auditlog.unregister(Group)

    told = [(each.old_values, each.new_values) for each in entries("group.changed")]
    assert told == [({}, {"permissions": [first.pk, second.pk]}), ({"permissions": [first.pk]}, {})]


@pytest.mark.django_db
def test_every_column_of_an_entry_is_filled(client: Client, settings: Any) -> None:
    """By the whole road: a browser behind one proxy, the administration, a save."""
    settings.TRUSTED_PROXY_COUNT = 1
    boss = factories.make_user(name="Olga", is_staff=True, is_superuser=True)
    company = Company.objects.create(name="ADNOC")
    client.force_login(boss, backend="accounts.backends.RoleBackend")
    url = reverse("admin:crm_company_change", args=[company.pk])
    headers = {"User-Agent": "Firefox", "X-Forwarded-For": "192.0.2.1, 203.0.113.9"}

    answer = client.post(url, {"name": "ADNOC Ltd"}, headers=headers)

    row = AuditLog.objects.filter(event="company.changed").values().get()
    kind = ContentType.objects.get_for_model(Company)
    assert answer.status_code == 302
    assert row["timestamp"] is not None
    assert {name: row[name] for name in COLUMNS} == {
        "user_type": "accounts.user", "actor_id": boss.pk, "content_type_id": kind.pk,
        "object_id": company.pk, "old_values": {"name": "ADNOC"},
        "new_values": {"name": "ADNOC Ltd"}, "url": f"{settings.PUBLIC_URL}{url}",
        "remote_addr": "203.0.113.9", "user_agent": "Firefox", "tags": "admin",
        "cid": answer["X-Request-Id"],
    }  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    ["/inbox/", "/sessions/", "/calls/", "/contacts/", "/companies/", "/instructors/", "/search/",
     "/accounts/profile/"],
)  # fmt: skip
def test_a_page_writes_and_reads_no_entry(client: Client, path: str) -> None:
    user = factories.make_user(name="Olga", role="Agent")
    factories.share(factories.make_chat().session, user)
    client.force_login(user, backend="accounts.backends.RoleBackend")

    with CaptureQueriesContext(connection) as captured:
        answer = client.get(path)

    assert answer.status_code == 200
    assert [query["sql"] for query in captured if "audit_" in query["sql"]] == []


@pytest.mark.django_db
def test_the_inbox_writes_and_reads_no_entry(client: Client) -> None:
    user = factories.make_user(name="Olga")
    chat = factories.make_chat()
    factories.share(chat.session, user)
    factories.make_message(chat, "Hello")
    client.force_login(user)
    before = AuditLog.objects.count()

    with CaptureQueriesContext(connection) as captured:
        client.get(chat.get_absolute_url())

    assert [query["sql"] for query in captured if "audit_logs" in query["sql"]] == []
    assert AuditLog.objects.count() == before
