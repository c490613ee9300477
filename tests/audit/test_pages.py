"""The pages of the audit log: sentences, filters, what is kept back, the export."""

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from accounts.models import User
from audit import log, pages, sentences
from audit.context import Origin, acting
from audit.models import AuditLog
from crm.models import Company
from mercury.db.safe_csv import safe_row
from tests import factories
from waha import sharing
from waha.models import Level

URL = "/audit/"


def auditor(*more: str, name: str = "Otto Auditor") -> User:
    """Somebody who may read the log, and what else is named."""
    user = factories.make_user(name=name)
    for codename in ("view_auditlog", *more):
        user.user_permissions.add(Permission.objects.get(codename=codename))
    return user


@pytest.fixture
def reader(client: Client) -> Client:
    client.force_login(auditor("view_all", "view_wahasession", "see_phones"))
    return client


def told(client: Client, **filters: object) -> list[str]:
    """The sentences of the page, newest first."""
    page = client.get(URL, filters).content.decode()
    found = re.findall(r'<div class="log-what">\s*<p>(.*?)</p>', page, re.DOTALL)
    return [" ".join(strip_tags(each).split()) for each in found]


@pytest.mark.django_db
def test_entries_read_as_sentences(reader: Client) -> None:
    olga, ada = factories.make_user(name="Olga"), factories.make_user(name="Ada")
    session = factories.make_session(title="Sales", owner=olga)
    role = factories.make_role("Night shift")
    AuditLog.objects.get_queryset()
    sharing.share(session=session, user=ada, level=Level.REPLY, by=olga)
    sharing.share(session=session, role=role, level=Level.VIEW, by=olga)
    sharing.unshare(session=session, user=ada, by=olga)
    with acting(Origin(tags="task", url="task:tidy")):
        log.record("something.odd", target=session)

    assert told(reader, record=f"{ContentType.objects.get_for_model(session).pk}-{session.pk}")[
        :4
    ] == [
        "Mercury: something.odd number Sales",
        "Olga took Sales away from Ada",
        "Olga gave everybody with the role Night shift reading access to Sales",
        "Olga gave Ada reply access to Sales",
    ]


@pytest.mark.django_db
def test_values_are_shown_before_and_after(reader: Client) -> None:
    company = Company.objects.create(name="ADNOC")
    log.record("company.changed", target=company, old={"name": "<b>A</b>"}, new={"name": "ADNOC"})

    page = reader.get(URL).content.decode()

    assert "&lt;b&gt;A&lt;/b&gt;</del>" in page
    assert "ADNOC</ins>" in page


@pytest.mark.django_db
def test_where_nothing_was_before_there_is_nothing_struck_out(reader: Client) -> None:
    AuditLog.objects.all().remove_sealed()
    log.record("thing.done", new={"method": "password"})

    page = reader.get(URL).content.decode()

    assert (page.count("<ins"), page.count("<del")) == (1, 0)
    assert ("<summary>Details</summary>" in page, "What changed" in page) == (True, False)


@pytest.mark.django_db
def test_who_may_not_see_a_record_reads_its_number_alone(client: Client) -> None:
    client.force_login(auditor())
    company = Company.objects.create(name="Secret Firm")
    session = factories.make_session(title="Hidden number")
    olga = factories.make_user(name="Olga")
    log.record("company.changed", target=company, by=olga, old={"name": "Old Secret"}, new={})
    log.record("session.shared", target=session, by=olga, new={"user": olga.pk, "level": "reply"})

    page = client.get(URL).content.decode()

    assert told(client)[:2] == [
        f"Olga gave ••• ••• access to {session.pk}",
        f"Olga changed company {company.pk}",
    ]
    for secret in ("Secret Firm", "Old Secret", "Hidden number"):
        assert secret not in page


@pytest.mark.django_db
def test_the_log_is_closed_to_who_may_not_read_it(client: Client) -> None:
    client.force_login(factories.make_user(name="Olga", is_staff=True))
    log.record("x", new={"note": "zq-canary"})

    answers = [client.get(URL), client.post(f"{URL}export/")]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert b"You may not read the audit log. Ask an administrator." in answers[0].content
    assert all(b"zq-canary" not in answer.content for answer in answers)
    assert list(AuditLog.objects.visible_to(factories.make_user(name="Ada"))) == []
    assert list(AuditLog.objects.visible_to(AnonymousUser())) == []


@pytest.mark.django_db
def test_each_filter_narrows(reader: Client) -> None:
    olga, ada = factories.make_user(name="Olga"), factories.make_user(name="Ada")
    with acting(Origin(ip_address="203.0.113.9", tags="admin", request_id="aaaaaaaaaaaaaaaa")):
        log.record("user.signed_in", target=olga, by=olga)
    with acting(Origin(ip_address="198.51.100.7")):
        log.record("user.signed_out", target=ada, by=ada)
    log.record("audit.pruned", new={"entries": 5}, tags="task")
    yesterday = AuditLog.objects.latest("pk").pk
    with connection.cursor() as cursor:
        old = (timezone.now() - timedelta(days=3)).strftime("%Y-%m-%d %H:%M:%S")
        cursor.execute("UPDATE audit_logs SET created_at = %s WHERE id < %s", [old, yesterday])
    today = timezone.localdate()

    signed_in, signed_out = "Olga signed in", "Ada signed out"
    pruned = "5 entries of the audit log were deleted, as retention asks"
    mine = {signed_in, signed_out, pruned}

    def found(**filters: object) -> set[str]:
        return set(told(reader, **filters)) & mine

    assert found() == mine
    assert found(who=olga.pk) == {signed_in}
    assert found(who=0) == {pruned}
    assert found(event="user.signed_out") == {signed_out}
    assert found(address="198.51.100.7") == {signed_out}
    assert found(road="admin") == {signed_in}
    assert found(request="aaaaaaaaaaaaaaaa") == {signed_in}
    assert found(since=today) == {pruned}
    assert found(until=today - timedelta(days=2)) == {signed_in, signed_out}
    assert found(since="nonsense", who="x") == mine


@pytest.mark.django_db
def test_a_page_costs_the_same_with_1_and_30_rows(
    reader: Client, assert_same_queries: Callable[..., None]
) -> None:
    session = factories.make_session(title="Sales")

    def grow(count: int) -> None:
        for _each in range(count):
            user = factories.make_user()
            sharing.share(session=session, user=user, level=Level.VIEW, by=session.user)

    assert_same_queries(lambda: reader.get(URL), grow, at_most=13)


@pytest.mark.django_db
def test_paging_shows_every_entry_once(reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "SIZE", 4)
    for number in range(10):
        log.record("thing.done", new={"n": number}, tags="script")
    seen: list[str] = []
    query = f"{URL}?road=script"
    while query:
        page = reader.get(query, headers={"HX-Request": "true"}).content.decode()
        seen += re.findall(r'<dd class="num">(\d+)</dd>', page)
        more = re.search(r'class="more-link" href="([^"]+)"', page)
        query = more[1].replace("&amp;", "&") if more else ""

    assert [int(pk) for pk in seen] == list(
        AuditLog.objects.filter(tags="script").order_by("-pk").values_list("pk", flat=True)
    )


@pytest.mark.django_db
def test_the_fragment_is_the_pages_own(reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "SIZE", 2)
    for _each in range(4):
        log.record("thing.done")
    last = AuditLog.objects.latest("pk").pk

    whole = reader.get(URL, {"before": last}).content.decode()
    part = reader.get(URL, {"before": last}, headers={"HX-Request": "true"}).content.decode()

    assert part.strip() in whole
    assert "<html" not in part


@pytest.mark.django_db
def test_the_export_is_on_record_and_safe_to_open(reader: Client) -> None:
    company = Company.objects.create(name="=cmd|' /C calc'!A0")
    log.record("company.changed", target=company, old={"name": "A"}, new={"name": "B"})

    answer = reader.post(f"{URL}export/", {"event": "company.changed"})
    rows = list(csv.reader(io.StringIO(b"".join(answer).decode())))  # type: ignore[arg-type]

    assert answer["Content-Disposition"].startswith('attachment; filename="audit-')
    assert [row[4] for row in rows] == ["event", "company.changed"]
    assert rows[1][8] == "Name: A → B"
    entry = AuditLog.objects.get(event="audit.exported")
    assert entry.new_values == {"entries": 1, "filters": {"event": "company.changed"}}


@pytest.mark.django_db
def test_exports_are_limited(reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "EXPORTS_PER_HOUR", 1)
    log.record("thing.done")
    reader.post(f"{URL}export/")

    answer = reader.post(f"{URL}export/", follow=True).content.decode()

    assert "You have exported 1 times within the hour." in answer
    assert AuditLog.objects.filter(event="audit.exported").count() == 1


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\0=1", "  =1", "\n=1"]
)
def test_no_cell_begins_a_formula(cell: str) -> None:
    assert safe_row([cell, "plain"]) == [f"'{cell}", "plain"]


@pytest.mark.django_db
def test_a_records_page_can_show_its_history(rf: RequestFactory) -> None:
    company = Company.objects.create(name="ADNOC")
    olga = factories.make_user(name="Olga")
    with acting(Origin(ip_address="203.0.113.9")):
        log.record("company.archived", target=company, by=olga)
    template = Template("{% load audit %}{% record_history company %}")
    request = rf.get("/")

    def shown(user: Any) -> str:
        request.user = user
        return template.render(Context({"request": request, "company": company}))

    colleague = factories.make_user(name="Ada")
    colleague.user_permissions.add(Permission.objects.get(codename="view_all"))
    assert "archived" in shown(colleague)
    assert "203.0.113.9" not in shown(colleague)
    assert "203.0.113.9" in shown(auditor("view_all"))


def test_every_sentence_can_be_read_without_values() -> None:
    for topic in sentences.topics():
        for event in topic.sentences:
            assert sentences.as_text(sentences.of(event, {}), {}), event
            assert "{" not in sentences.label(event)


def test_the_address_of_the_page_is_the_contracts() -> None:
    assert (reverse("audit:list"), reverse("audit:export")) == (URL, f"{URL}export/")
