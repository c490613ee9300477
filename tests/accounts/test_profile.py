from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import BrowserSession, SignIn, User
from audit.models import AuditLog
from mercury.db import encryption
from tests.factories import make_user

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
PROFILE = "/accounts/profile/"


@pytest.fixture
def olga() -> User:
    return make_user(email="olga@example.com", password=PASSWORD, name="Olga")


def browser(user: User) -> Client:
    """A browser somebody signed in with, by the page."""
    client = Client()
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    return client


def is_signed_in(client: Client) -> bool:
    return client.get(PROFILE).status_code == 200


def save(client: Client, **data: str) -> Any:
    form = {"name": "Olga", "locale": "", "time_zone": "", "phone": "", **data}
    return client.post(PROFILE, form)


def test_profile_saves_what_people_change(olga: User) -> None:
    save(browser(olga), name="Olga O.", locale="de", time_zone="Europe/Berlin")

    olga.refresh_from_db()
    assert (olga.name, olga.locale, olga.time_zone) == ("Olga O.", "de", "Europe/Berlin")


def test_profile_keeps_the_phone_encrypted_in_one_form(olga: User) -> None:
    save(browser(olga), phone="+49 (30) 5550-4410")

    olga.refresh_from_db()
    assert olga.encrypted_phone == "+493055504410"
    assert olga.phone_index == encryption.keyed_hash("+493055504410", place="users.phone_index")
    entry = AuditLog.objects.get(event="user.changed")
    assert "5550" not in str(entry.new_values)


@pytest.mark.parametrize("phone", ["030 5550", "+49", "+1 2", "a phone"])
def test_profile_refuses_what_is_no_phone(olga: User, phone: str) -> None:
    response = save(browser(olga), phone=phone)

    olga.refresh_from_db()
    assert "with its country code" in response.content.decode()
    assert olga.encrypted_phone == ""


def test_profile_takes_nothing_that_decides_what_one_may_see(olga: User) -> None:
    save(browser(olga), is_superuser="on", is_staff="on", email="x@example.com", is_active="")

    olga.refresh_from_db()
    assert (olga.is_superuser, olga.is_staff, olga.is_active) == (False, False, True)
    assert olga.email == "olga@example.com"


def test_profile_lists_ones_browsers_this_one_first(olga: User) -> None:
    browser(make_user(email="sam@example.com", password=PASSWORD))
    first, second = browser(olga), browser(olga)

    page = second.get(PROFILE)

    listed = [(each.pk, each.is_current) for each in page.context["browsers"]]
    mine = list(SignIn.objects.filter(user=olga).order_by("-pk").values_list("pk", flat=True))
    assert listed == [(mine[0], True), (mine[1], False)]
    assert is_signed_in(first)


def test_one_browser_can_be_signed_out(olga: User) -> None:
    lost, mine = browser(olga), browser(olga)
    sign_in = SignIn.objects.filter(user=olga).earliest("pk")
    version = olga.access_version

    mine.post(reverse("accounts:browser-end", args=[sign_in.pk]))

    olga.refresh_from_db()
    assert (is_signed_in(lost), is_signed_in(mine)) == (False, True)
    assert olga.access_version == version + 1  # its open stream ends too


def test_browsers_of_others_cannot_be_signed_out(olga: User) -> None:
    theirs = browser(make_user(email="sam@example.com", password=PASSWORD))
    sign_in = SignIn.objects.get()

    response = browser(olga).post(reverse("accounts:browser-end", args=[sign_in.pk]))

    assert (response.status_code, is_signed_in(theirs)) == (404, True)


def test_signing_out_everywhere_else_keeps_this_browser(olga: User) -> None:
    lost, mine = browser(olga), browser(olga)
    before = User.objects.get(pk=olga.pk).remember_token

    mine.post(reverse("accounts:browser-end-others"))

    olga.refresh_from_db()
    assert (is_signed_in(lost), is_signed_in(mine)) == (False, True)
    assert olga.remember_token != before
    assert BrowserSession.objects.filter(user_id=olga.pk).count() == 1


def test_a_stolen_session_dies_with_signing_out_everywhere(olga: User) -> None:
    mine = browser(olga)
    thief = Client()
    thief.cookies["mercury-session"] = mine.cookies["mercury-session"].value

    mine.post(reverse("accounts:browser-end-others"))

    assert (is_signed_in(thief), is_signed_in(mine)) == (False, True)


def test_a_changed_password_keeps_this_browser_alone(olga: User) -> None:
    lost, mine = browser(olga), browser(olga)
    new = "a new pass phrase"
    before = olga.remember_token

    mine.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )

    olga.refresh_from_db()
    assert olga.check_password(new)
    assert olga.remember_token != before
    assert (is_signed_in(lost), is_signed_in(mine)) == (False, True)


def test_after_a_changed_password_this_browser_can_still_be_signed_out(olga: User) -> None:
    mine = browser(olga)
    new = "a new pass phrase"
    mine.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )
    sign_in = SignIn.objects.get(user=olga)
    other = Client()
    other.post("/accounts/login/", {"login": olga.email, "password": new})

    other.post(reverse("accounts:browser-end", args=[sign_in.pk]))

    assert not is_signed_in(mine)


def test_a_new_email_counts_once_it_is_confirmed(olga: User, mailoutbox: list[Any]) -> None:
    mine = browser(olga)
    mine.post(reverse("account_reauthenticate"), {"password": PASSWORD})

    mine.post(reverse("account_email"), {"email": "Olga@New.example", "action_add": ""})
    olga.refresh_from_db()
    before = olga.email
    link = next(word for word in mailoutbox[0].body.split() if "/confirm-email/" in word)
    mine.post(link)

    olga.refresh_from_db()
    assert (before, olga.email) == ("olga@example.com", "olga@new.example")
    assert olga.email_verified_at is not None
    assert [mail.to for mail in mailoutbox] == [["olga@new.example"], ["olga@example.com"]]


def test_an_email_of_somebody_else_is_not_taken(olga: User, mailoutbox: list[Any]) -> None:
    make_user(email="sam@example.com")
    mine = browser(olga)
    mine.post(reverse("account_reauthenticate"), {"password": PASSWORD})

    mine.post(reverse("account_email"), {"email": "sam@example.com", "action_add": ""})

    olga.refresh_from_db()
    assert olga.email == "olga@example.com"
    assert [mail for mail in mailoutbox if "/confirm-email/" in mail.body] == []
