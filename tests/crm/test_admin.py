"""Records in the administration: what somebody cannot see there stays as it is."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.permissions import Can
from accounts.roles import auth_permissions
from crm.models import Contact, Instructor
from tests.factories import make_company, make_contact, make_instructor, make_user
from waha.models import WahaSession

pytestmark = pytest.mark.django_db
Enter = Callable[..., Client]
UNSEEN = "(a record that you cannot see)"


@pytest.fixture
def browser(sign_in: Enter, users: dict[str, User]) -> Client:
    """Olga as staff who may change contacts, instructors and numbers."""
    User.objects.filter(pk=users["olga"].pk).update(is_staff=True)
    return sign_in(
        "olga",
        *(Can.VIEW_CONTACTS, Can.CHANGE_CONTACTS, Can.VIEW_INSTRUCTORS, Can.CHANGE_INSTRUCTORS),
        *(Can.VIEW_NUMBERS, Can.CHANGE_NUMBERS),
    )


def test_a_related_record_that_one_cannot_see_stays_when_the_rest_is_saved(
    browser: Client, users: dict[str, User], foreign: Contact
) -> None:
    teacher = make_instructor(name="Ines", contact=foreign)
    Instructor.objects.filter(pk=teacher.pk).update(created_by=users["olga"])
    url = reverse("admin:crm_instructor_change", args=[teacher.pk])

    page = browser.get(url).content.decode()
    answer = browser.post(url, {"name": "Ines Roth", "subjects": "", "email": "", "contact": ""})

    teacher.refresh_from_db()
    assert (UNSEEN in page, "Foreign Frida" in page) == (True, False)
    assert (answer.status_code, teacher.name, teacher.contact) == (302, "Ines Roth", foreign)


def test_a_number_keeps_a_company_that_one_cannot_see(
    browser: Client, users: dict[str, User], number: WahaSession
) -> None:
    hidden = make_company(name="Hidden Ltd")
    WahaSession.objects.filter(pk=number.pk).update(company=hidden)
    url = reverse("admin:waha_wahasession_change", args=[number.pk])
    values: dict[str, Any] = {
        "title": "Sales", "user": number.user_id, "seen_policy": number.seen_policy,
        "user_grants-TOTAL_FORMS": 0, "user_grants-INITIAL_FORMS": 0,
        "role_grants-TOTAL_FORMS": 0, "role_grants-INITIAL_FORMS": 0,
    }  # fmt: skip

    page = browser.get(url).content.decode()
    answer = browser.post(url, values | {"company": make_company(created_by=users["olga"]).pk})

    number.refresh_from_db()
    assert (UNSEEN in page, "Hidden Ltd" in page) == (True, False)
    assert (answer.status_code, number.title, number.company) == (302, "Sales", hidden)


def test_who_only_looks_at_a_number_reads_no_company_that_they_cannot_see(
    sign_in: Enter, users: dict[str, User], number: WahaSession
) -> None:
    User.objects.filter(pk=users["olga"].pk).update(is_staff=True)
    browser = sign_in("olga", Can.VIEW_NUMBERS)
    own = make_company(name="Own Ltd", created_by=users["olga"])
    url = reverse("admin:waha_wahasession_change", args=[number.pk])
    WahaSession.objects.filter(pk=number.pk).update(company=make_company(name="Hidden Ltd"))

    hidden = browser.get(url).content.decode()
    WahaSession.objects.filter(pk=number.pk).update(company=own)
    shown = browser.get(url).content.decode()

    assert ('name="_save"' in hidden, UNSEEN in hidden, "Hidden Ltd" in hidden) == (
        False,
        True,
        False,
    )
    assert (UNSEEN in shown, "Own Ltd" in shown) == (False, True)


def test_who_only_looks_at_an_instructor_reads_no_contact_that_they_cannot_see(
    sign_in: Enter, users: dict[str, User], foreign: Contact
) -> None:
    User.objects.filter(pk=users["olga"].pk).update(is_staff=True)
    browser = sign_in("olga", Can.VIEW_INSTRUCTORS)
    teacher = make_instructor(name="Ines", contact=foreign, created_by=users["olga"])

    page = browser.get(reverse("admin:crm_instructor_change", args=[teacher.pk])).content.decode()

    assert ("Ines" in page, UNSEEN in page, "Foreign Frida" in page) == (True, True, False)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Tel:+44", []),
        (":+447700", []),
        ("(0)44", []),
        ("44²", []),
        ("Room12", ["Room12 Tel:+447700900777"]),
        ("Tel", ["Room12 Tel:+447700900777"]),
    ],
)
def test_who_sees_phones_masked_finds_nobody_by_pieces_of_them(
    db: None, words: str, found: list[str]
) -> None:
    olga = make_user(is_staff=True)
    contact = make_contact(name="Room12 Tel:+447700900777")
    Contact.objects.filter(pk=contact.pk).update(created_by=olga)
    client = Client()
    client.force_login(olga, backend="accounts.backends.RoleBackend")
    olga.user_permissions.set(_permissions(Can.VIEW_CONTACTS))

    page = client.get("/contacts/", {"q": words})
    admin = client.get(reverse("admin:crm_contact_changelist"), {"q": words})

    assert [row["name"] for row in page.context["rows"]] == ["Room12 Tel:••• 777"] * len(found)
    assert [row.name for row in admin.context["cl"].result_list] == found


def test_a_number_called_by_its_phone_is_masked_in_the_administration(
    number: WahaSession,
) -> None:
    WahaSession.objects.filter(pk=number.pk).update(title="Shop +49 30 23125044")
    boss = make_user(is_staff=True)
    boss.user_permissions.set(_permissions(Can.VIEW_NUMBERS, Can.CHANGE_NUMBERS))
    client = Client()
    client.force_login(boss, backend="accounts.backends.RoleBackend")
    url = reverse("admin:waha_wahasession_change", args=[number.pk])

    pages = [client.get(reverse("admin:waha_wahasession_changelist")), client.get(url)]
    found = client.get(reverse("admin:waha_wahasession_changelist"), {"q": "2312"})

    assert [b"23125044" in page.content or b"2312 5044" in page.content for page in pages] == [
        False,
        False,
    ]
    assert "title" not in {*pages[1].context["adminform"].form.fields}
    assert list(found.context["cl"].result_list) == []


def _permissions(*wanted: Can) -> list[Any]:
    return list(auth_permissions(list(wanted)).values())
