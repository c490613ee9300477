import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import SignIn, SignInKind, User
from tests.factories import make_user

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture
def olga() -> User:
    return make_user(email="olga@example.com", password=PASSWORD, role="Admin", is_staff=True)


def code() -> str:
    return str(format_hotp_value(hotp_value(SECRET, int(time.time()) // 30)))


def sign_in(user: User) -> tuple[Client, Any]:
    client = Client()
    return client, client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})


def prove(client: Client) -> None:
    """What the pages that change protection ask for once more."""
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


def is_signed_in(client: Client) -> bool:
    return client.get("/accounts/profile/").status_code == 200


def test_a_password_alone_does_not_sign_in_who_has_an_app(olga: User) -> None:
    TOTP.activate(olga, SECRET)

    client, response = sign_in(olga)

    assert response.url == reverse("mfa_authenticate")
    assert not is_signed_in(client)


def test_the_code_of_the_app_signs_in_once(olga: User) -> None:
    TOTP.activate(olga, SECRET)
    client, _response = sign_in(olga)
    other, _response = sign_in(olga)
    now = code()

    client.post(reverse("mfa_authenticate"), {"code": now})
    other.post(reverse("mfa_authenticate"), {"code": now})

    assert (is_signed_in(client), is_signed_in(other)) == (True, False)
    assert SignIn.objects.get(kind=SignInKind.SUCCESS).method == "password+totp"


def test_a_wrong_code_is_on_record(olga: User) -> None:
    TOTP.activate(olga, SECRET)
    client, _response = sign_in(olga)

    client.post(reverse("mfa_authenticate"), {"code": "000000"})

    row = SignIn.objects.get()
    assert (row.user, row.kind, row.method) == (olga, SignInKind.FAILURE, "code")
    assert not is_signed_in(client)


def test_codes_cannot_be_guessed_for_long(olga: User) -> None:
    TOTP.activate(olga, SECRET)
    client, _response = sign_in(olga)
    for number in range(6):
        client.post(reverse("mfa_authenticate"), {"code": f"00000{number}"})

    client.post(reverse("mfa_authenticate"), {"code": code()})

    assert not is_signed_in(client)


def test_a_recovery_code_signs_in_once(olga: User) -> None:
    TOTP.activate(olga, SECRET)
    spare = RecoveryCodes.activate(olga).get_unused_codes()[0]
    first, _response = sign_in(olga)
    second, _response = sign_in(olga)

    first.post(reverse("mfa_authenticate"), {"code": spare})
    second.post(reverse("mfa_authenticate"), {"code": spare})

    assert (is_signed_in(first), is_signed_in(second)) == (True, False)


def test_secrets_are_encrypted_at_rest(olga: User) -> None:
    TOTP.activate(olga, SECRET)
    RecoveryCodes.activate(olga)

    with connection.cursor() as cursor:
        cursor.execute("SELECT data FROM mfa_authenticator ORDER BY id")
        totp, codes = (str(row[0]) for row in cursor.fetchall())

    assert SECRET not in totp
    assert ('"v1:test:' in totp, '"v1:test:' in codes) == (True, True)


def test_the_pages_of_second_factors_open(olga: User) -> None:
    client, _response = sign_in(olga)
    prove(client)

    names = ["mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "mfa_list_webauthn"]
    statuses = {name: client.get(reverse(name)).status_code for name in names}
    TOTP.activate(olga, SECRET)
    RecoveryCodes.activate(olga)
    more = ["mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes",
            "mfa_reauthenticate", "account_reauthenticate"]  # fmt: skip
    statuses |= {name: client.get(reverse(name)).status_code for name in more}

    assert set(statuses.values()) == {200}, statuses


def test_an_app_is_set_up_with_the_code_it_shows(olga: User) -> None:
    client, _response = sign_in(olga)
    asked = client.get(reverse("mfa_activate_totp")).url
    prove(client)
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    shown = format_hotp_value(hotp_value(secret, int(time.time()) // 30))

    client.post(reverse("mfa_activate_totp"), {"code": shown})

    assert asked.startswith(reverse("account_reauthenticate"))
    types = set(Authenticator.objects.filter(user=olga).values_list("type", flat=True))
    assert types == {"totp", "recovery_codes"}


def test_only_one_app_is_held_by_the_database(olga: User) -> None:
    TOTP.activate(olga, SECRET)

    with pytest.raises(IntegrityError), transaction.atomic():
        TOTP.activate(olga, SECRET)


def test_many_passkeys_may_be_held_by_the_database(olga: User) -> None:
    for _ in range(2):
        Authenticator.objects.create(user=olga, type="webauthn", data={})

    assert Authenticator.objects.count() == 2


def test_the_admin_asks_for_no_factor_unless_it_is_required(olga: User) -> None:
    client, _response = sign_in(olga)

    assert client.get("/admin/").status_code == 200


def test_the_admin_sends_who_has_no_factor_to_set_one_up(olga: User, settings: Any) -> None:
    settings.REQUIRE_ADMIN_MFA = True
    client, _response = sign_in(olga)

    answers = [client.get("/admin/"), client.post("/admin/accounts/user/add/", {})]

    assert [answer.url for answer in answers] == [reverse("mfa_index")] * 2
    assert client.get("/inbox/").status_code == 200


def test_the_admin_asks_who_set_a_factor_up_elsewhere(olga: User, settings: Any) -> None:
    """A session that was open before is no second factor, whoever holds it."""
    settings.REQUIRE_ADMIN_MFA = True
    client, _response = sign_in(olga)
    TOTP.activate(olga, SECRET)

    refused = client.get("/admin/")
    client.post(reverse("mfa_reauthenticate"), {"code": code()})

    assert refused.url == reverse("mfa_reauthenticate") + "?next=%2Fadmin%2F"
    assert client.get("/admin/").status_code == 200


def test_the_admin_opens_for_who_signed_in_with_a_factor(olga: User, settings: Any) -> None:
    settings.REQUIRE_ADMIN_MFA = True
    TOTP.activate(olga, SECRET)
    client, _response = sign_in(olga)

    client.post(reverse("mfa_authenticate"), {"code": code()})

    assert client.get("/admin/").status_code == 200
