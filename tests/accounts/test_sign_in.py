import re
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client
from django.urls import reverse

from accounts import sign_ins
from accounts.models import BrowserSession, SignIn, SignInKind, User
from audit.models import AuditLog
from tests.factories import make_user

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
WRONG = "wrong horse battery"
LOGIN = "/accounts/login/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def olga() -> User:
    return make_user(email="olga@example.com", password=PASSWORD, name="Olga")


def sign_in(
    client: Client, email: str, password: str, *, ip: str = "203.0.113.5", **data: Any
) -> Any:
    return client.post(
        LOGIN,
        {"login": email, "password": password, **data},
        REMOTE_ADDR=ip,
        headers={"user-agent": FIREFOX},
    )


def is_signed_in(client: Client) -> bool:
    return client.get(reverse("accounts:profile")).status_code == 200


def test_signing_in_takes_any_case_and_is_on_record(client: Client, olga: User) -> None:
    response = sign_in(client, "Olga@Example.com", PASSWORD)

    row = SignIn.objects.get()
    assert (response.status_code, response.url) == (302, "/")
    assert (row.user, row.kind, row.method) == (olga, SignInKind.SUCCESS, "password")
    assert (row.ip_address, row.user_agent) == ("203.0.113.5", FIREFOX)
    assert AuditLog.objects.filter(event="user.signed_in", actor=olga).count() == 1


def test_signing_in_ends_with_the_browser_unless_it_is_kept(olga: User) -> None:
    plain, kept = Client(), Client()

    sign_in(plain, olga.email, PASSWORD)
    sign_in(kept, olga.email, PASSWORD, remember="on")

    name = django_settings.SESSION_COOKIE_NAME
    assert plain.cookies[name]["max-age"] == ""
    assert kept.cookies[name]["max-age"] == django_settings.SESSION_COOKIE_AGE


def test_signing_out_is_on_record(client: Client, olga: User) -> None:
    sign_in(client, olga.email, PASSWORD)

    client.post("/accounts/logout/")

    assert not is_signed_in(client)
    assert AuditLog.objects.filter(event="user.signed_out", actor=olga).count() == 1


def test_a_refused_sign_in_is_on_record(client: Client, olga: User) -> None:
    sign_in(client, olga.email, WRONG)

    row = SignIn.objects.get()
    assert (row.user, row.kind, row.address_hash) == (olga, SignInKind.FAILURE, "")
    assert AuditLog.objects.filter(event="user.sign_in_refused").count() == 1


def test_an_unknown_address_is_never_kept_in_clear(client: Client) -> None:
    sign_in(client, "my-secret-password@example.com", WRONG)

    row = SignIn.objects.get()
    kept = [str(value) for value in SignIn.objects.values_list().get()]
    kept += [str(AuditLog.objects.values().get())]
    assert (row.user, len(row.address_hash)) == (None, 64)
    assert [text for text in kept if "my-secret" in text] == []


def test_unknown_and_known_addresses_are_answered_alike(olga: User) -> None:
    answers = [
        sign_in(Client(), email, WRONG).content.replace(email.encode(), b"?")
        for email in (olga.email, "nobody@example.com")
    ]

    known, unknown = [strip_tokens(answer.decode()) for answer in answers]
    assert known == unknown


def strip_tokens(page: str) -> str:
    page = re.sub(r'(csrfmiddlewaretoken" value|X-CSRFToken)[^>]*', "", page)
    return re.sub(r"<code>\w{16}</code>", "", page)


class CountingHasher(MD5PasswordHasher):
    """Counts what costs the time of a sign-in."""

    algorithm = "counting"
    calls = 0

    def encode(self, password: str, salt: str) -> str:
        type(self).calls += 1
        return super().encode(password, salt)


def test_every_refusal_hashes_once(settings: Any, olga: User) -> None:
    """The same work for a known, an unknown, an invited and a deactivated user."""
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    User.objects.get(pk=olga.pk)
    olga.set_password(PASSWORD)
    olga.save()
    gone = make_user(email="gone@example.com", password=PASSWORD, is_active=False)
    invited = make_user(email="invited@example.com")

    counts = {}
    for email in (olga.email, "nobody@example.com", gone.email, invited.email):
        CountingHasher.calls = 0
        sign_in(Client(), email, WRONG)
        counts[email] = CountingHasher.calls

    assert set(counts.values()) == {1}, counts


def test_guessing_is_stopped_from_one_address(client: Client, olga: User) -> None:
    for _ in range(5):
        sign_in(client, olga.email, WRONG)

    response = sign_in(client, olga.email, PASSWORD)

    assert response.status_code == 200
    assert "Too many failed login attempts" in response.content.decode()
    assert not is_signed_in(client)


def test_guessing_one_account_from_elsewhere_locks_nobody_out(olga: User) -> None:
    attacker, victim = Client(), Client()
    for _ in range(6):
        sign_in(attacker, olga.email, WRONG, ip="198.51.100.7")

    sign_in(victim, olga.email, PASSWORD, ip="203.0.113.5")

    assert is_signed_in(victim)


def test_guessing_from_many_addresses_is_stopped_but_not_for_a_known_browser(
    settings: Any, olga: User
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {
        **settings.ACCOUNT_RATE_LIMITS,
        "sign_in_account_strangers": "3/h/key",
    }
    victim = Client()
    sign_in(victim, olga.email, PASSWORD)
    victim.post("/accounts/logout/")
    for number in range(4):
        sign_in(Client(), olga.email, WRONG, ip=f"198.51.100.{number}")

    stranger = Client()
    sign_in(stranger, olga.email, PASSWORD, ip="198.51.100.99")
    sign_in(victim, olga.email, PASSWORD)

    assert (is_signed_in(stranger), is_signed_in(victim)) == (False, True)


def test_a_forged_device_cookie_counts_for_nothing(client: Client, olga: User) -> None:
    client.cookies["mercury-device"] = "forged:by:me"

    for _ in range(5):
        sign_in(client, olga.email, WRONG)

    sign_in(client, olga.email, PASSWORD)
    assert not is_signed_in(client)


def test_one_address_may_not_try_many_accounts(client: Client) -> None:
    for number in range(20):
        sign_in(client, f"person{number}@example.com", WRONG)

    sign_in(client, "one-more@example.com", WRONG)

    assert SignIn.objects.count() == 20


def test_the_address_is_the_one_trusted_proxies_tell(
    client: Client, settings: Any, olga: User
) -> None:
    settings.TRUSTED_PROXY_COUNT = 1

    client.post(
        LOGIN,
        {"login": olga.email, "password": WRONG},
        REMOTE_ADDR="10.0.0.1",
        headers={"x-forwarded-for": "6.6.6.6, 203.0.113.9"},
    )

    assert SignIn.objects.get().ip_address == "203.0.113.9"


def test_deactivation_ends_every_sign_in(client: Client, olga: User) -> None:
    sign_in(client, olga.email, PASSWORD)
    User.objects.filter(pk=olga.pk).update(is_active=False)

    assert not is_signed_in(client)


def test_a_new_password_by_link_signs_out_everywhere(
    client: Client, olga: User, mailoutbox: list[Any]
) -> None:
    sign_in(client, olga.email, PASSWORD)
    other = Client()

    other.post("/accounts/password/reset/", {"email": olga.email})
    link = next(word for word in mailoutbox[0].body.split() if "/password/reset/key/" in word)
    page = other.get(link, follow=True).redirect_chain[-1][0]
    changed = other.post(page, {"password1": "a new pass phrase", "password2": "a new pass phrase"})

    olga.refresh_from_db()
    assert changed.status_code == 302
    assert olga.check_password("a new pass phrase")
    assert not is_signed_in(client)
    assert other.get(link, follow=True).status_code == 200
    assert "This link no longer works" in other.get(link, follow=True).content.decode()


def test_asking_for_a_link_says_nothing_about_who_has_an_account(olga: User) -> None:
    pages = [
        Client().post("/accounts/password/reset/", {"email": email}, follow=True)
        for email in (olga.email, "nobody@example.com")
    ]

    known, unknown = [strip_tokens(page.content.decode()) for page in pages]
    assert known == unknown


def test_purge_deletes_old_attempts_and_sessions_that_ran_out(client: Client, olga: User) -> None:
    sign_in(client, olga.email, PASSWORD)
    SignIn.objects.update(created_at="2020-01-01T00:00:00Z")
    BrowserSession.objects.update(expire_date="2020-01-01T00:00:00Z")

    assert sign_ins.purge() >= 2
    assert (SignIn.objects.count(), BrowserSession.objects.count()) == (0, 0)


def test_the_sign_in_page_names_the_forgotten_password_once(client: Client) -> None:
    page = client.get(LOGIN).content.decode()

    assert page.count("Forgot your password?") == 1
    assert page.count("Keep me signed in") == 1
