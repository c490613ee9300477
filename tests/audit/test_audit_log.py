"""Entries of the audit log, filled from who is at work."""

from typing import Any

import pytest
from django.test import Client, RequestFactory

from accounts.models import User
from audit.context import Origin, acting, current
from audit.log import record
from audit.middleware import client_address
from audit.models import AuditLog
from crm.models import Company


@pytest.mark.core
@pytest.mark.django_db
def test_an_entry_says_who_what_and_from_where() -> None:
    olga = User.objects.create_user("olga@example.com", name="Olga")
    company = Company.objects.create(name="ADNOC")
    origin = Origin(olga.pk, "https://crm.example.com/x/", "203.0.113.9", "Firefox", "req-1")

    with acting(origin):
        record("company.renamed", target=company, old={"name": "A"}, new={"name": "ADNOC"})

    entry = AuditLog.objects.get()
    assert (entry.event, entry.actor_id, entry.object_id, entry.object_repr) == (
        "company.renamed",
        olga.pk,
        company.pk,
        f"company {company.pk}",
    )
    assert (entry.url, entry.remote_addr, entry.user_agent, entry.cid) == (
        "https://crm.example.com/x/",
        "203.0.113.9",
        "Firefox",
        "req-1",
    )
    assert entry.changes == {"name": ["A", "ADNOC"]}


@pytest.mark.django_db
def test_a_deleted_user_stays_in_the_log() -> None:
    olga = User.objects.create_user("olga@example.com", name="Olga")
    record("user.signed_in", by=olga)

    pk = olga.pk
    olga.delete()

    assert AuditLog.objects.get().actor_id == pk


def test_the_origin_ends_with_its_block() -> None:
    with acting(Origin(user_id=5)), acting(Origin(user_id=6)):
        assert current().user_id == 6

    assert current().user_id is None


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "6.6.6.6", "10.0.0.1"),
        (1, "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (2, "6.6.6.6, 203.0.113.9, 10.0.0.7", "203.0.113.9"),
        (3, "203.0.113.9", "203.0.113.9"),
        (1, "", "10.0.0.1"),
    ],
)
def test_only_trusted_proxies_name_the_address(
    settings: Any, rf: RequestFactory, proxies: int, forwarded: str, expected: str
) -> None:
    settings.TRUSTED_PROXY_COUNT = proxies
    request = rf.get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded)

    assert client_address(request) == expected


@pytest.mark.django_db
def test_every_answer_names_its_request(client: Client) -> None:
    first, second = client.get("/livez"), client.get("/livez")

    assert first["X-Request-Id"] != second["X-Request-Id"]
