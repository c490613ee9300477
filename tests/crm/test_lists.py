"""Lists of records: who is on them, in which order, at what cost."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Can
from crm import lists
from crm.lists import ListFilters
from crm.models import Company, Contact, Instructor
from mercury.ui import phones
from tests.crm.conftest import allow
from tests.factories import make_chat, make_company, make_contact, make_instructor
from waha.models import WahaSession

pytestmark = pytest.mark.django_db
SPACES = ("contacts", "companies", "instructors")


def names(model: type[Contact | Company | Instructor], user: User, **filters: object) -> list[str]:
    page = lists.page(model, user, ListFilters(**filters))  # type: ignore[arg-type]
    return [str(row) for row in page.rows]


@pytest.mark.core
def test_contacts_are_seen_through_chats_by_permission_and_by_their_maker(
    users: dict[str, User], carla: Contact, foreign: Contact
) -> None:
    own = make_contact(name="Sam's own", created_by=users["sam"])
    boss = allow(users["vera"], Can.VIEW_ALL_CUSTOMERS)

    assert names(Contact, users["olga"]) == ["Carla Weiss"]
    assert names(Contact, users["sam"]) == [str(own)]
    assert names(Contact, boss) == ["Carla Weiss", "Foreign Frida", "Sam's own"]


@pytest.mark.core
def test_many_visible_contacts_are_the_same_as_few(
    users: dict[str, User],
    number: WahaSession,
    carla: Contact,
    foreign: Contact,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for letter in "BAC":
        make_chat(session=number, contact=make_contact(name=f"{letter} customer"))
    few = names(Contact, users["olga"])

    monkeypatch.setattr(lists, "FEW", 2)

    assert names(Contact, users["olga"]) == few == [
        "A customer", "B customer", "C customer", "Carla Weiss",
    ]  # fmt: skip


@pytest.mark.core
@pytest.mark.parametrize("few", [lists.FEW, 0], ids=["by keys", "by walking"])
def test_companies_and_instructors_are_seen_through_their_people(
    users: dict[str, User],
    carla: Contact,
    foreign: Contact,
    few: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lists, "FEW", few)
    make_instructor(name="Carla teaches", contact=carla)
    make_instructor(name="Frida teaches", contact=foreign)
    make_instructor(name="Nobody knows")

    assert names(Company, users["olga"]) == ["Acme"]
    assert names(Instructor, users["olga"]) == ["Carla teaches"]
    assert names(Company, users["sam"]) == names(Instructor, users["sam"]) == []


@pytest.mark.core
@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["Anna", "Bert"]),
        ({"sort": "changed"}, ["Bert", "Anna"]),
        ({"show": "archived"}, ["Dora", "Carl"]),
        ({"show": "mine"}, ["Bert"]),
        ({"q": "ann"}, ["Anna"]),
        ({"q": "acm"}, ["Bert"]),
        ({"q": "900555"}, ["Anna"]),
        ({"q": "b@example"}, ["Bert"]),
        ({"q": "nobody"}, []),
    ],
    ids=str,
)
def test_contacts_are_filtered_and_sorted(
    users: dict[str, User], acme: Company, filters: dict[str, object], expected: list[str]
) -> None:
    boss, now = allow(users["mia"], Can.VIEW_ALL_CUSTOMERS), timezone.now()
    anna = make_contact(name="Anna", phone="+447700900555")
    bert = make_contact(name="Bert", company=acme, created_by=boss)
    bert.identities.create(kind="email", value="b@example.com")
    make_contact(name="Carl", archived_at=now - timedelta(hours=2))
    make_contact(name="Dora", archived_at=now - timedelta(hours=1))
    Contact.objects.filter(pk=anna.pk).update(updated_at=now - timedelta(days=1))

    assert names(Contact, boss, **filters) == expected


def test_digits_find_nobody_for_who_may_not_see_phones(
    users: dict[str, User], carla: Contact
) -> None:
    with phones.shown_if(lambda: False):
        assert names(Contact, users["olga"], q="900123") == []
        assert names(Contact, users["olga"], q="Carla") == ["Carla Weiss"]


def test_digits_beside_a_word_find_nobody_for_who_may_not_see_phones(
    users: dict[str, User],
) -> None:
    olga = users["olga"]
    make_contact(name="Kim +447700900123", created_by=olga)

    with phones.shown_if(lambda: False):
        masked = names(Contact, olga, q="Kim +4477")

    assert (masked, len(names(Contact, olga, q="Kim +4477"))) == ([], 1)


@pytest.mark.core
@pytest.mark.parametrize("sort", ["name", "changed"])
def test_pages_follow_each_other_without_gap_or_repeat(
    users: dict[str, User], sort: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "PAGE_SIZE", 4)
    boss = allow(users["mia"], Can.VIEW_ALL_CUSTOMERS)
    # Names that are equal, and others that a database may take for equal.
    for name in ["Same"] * 6 + ["same", "Säme", "Zoe", "", "Ann"]:
        make_company(name=name)
    found, after = list[int](), ""

    while True:
        page = lists.page(Company, boss, ListFilters(sort=sort), after)
        found += [row.pk for row in page.rows]
        if page.last is None:
            break
        after = page.last

    assert sorted(found) == sorted(Company.objects.values_list("pk", flat=True))
    assert len(found) == 11


@pytest.mark.parametrize("after", ["1", "x:y", "5:AAAA", "é"])
def test_a_forged_place_shows_the_first_page(users: dict[str, User], after: str) -> None:
    boss = allow(users["mia"], Can.VIEW_ALL_CUSTOMERS)
    make_company(name="Only one")

    page = lists.page(Company, boss, ListFilters(), after)

    assert [str(row) for row in page.rows] == ["Only one"]


@pytest.mark.parametrize("space", SPACES)
def test_lists_cost_the_same_whatever_their_length(
    space: str,
    sign_in: Callable[..., Client],
    number: WahaSession,
    assert_same_queries: Callable[..., None],
) -> None:
    browser = sign_in("olga")

    def grow(count: int) -> None:
        for _ in range(count):
            contact = make_contact(phone="", company=make_company())
            make_chat(session=number, contact=contact)
            make_instructor(contact=contact)

    assert_same_queries(lambda: browser.get(f"/{space}/"), grow, at_most=9)

    assert browser.get(f"/{space}/").content.count(b"records-name") == 30
