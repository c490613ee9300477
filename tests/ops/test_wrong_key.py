"""The product under a wrong encryption key: says so, works where it can, loses nothing."""

import json
from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import encrypt
from django.conf import settings as configured
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import User
from mercury.db import encryption
from mercury.db.encryption import Unreadable
from tests.factories import make_user
from waha.gateway.signing import sign
from waha.inbound import doors
from waha.models import WahaSession

pytestmark = [pytest.mark.core, pytest.mark.django_db]
PHONE, PASSWORD = "+447700900321", "correct horse battery"
WRONG = [("test", b"w" * 32)]


@pytest.fixture
def olga(monkeypatch: pytest.MonkeyPatch) -> User:
    monkeypatch.setattr(encryption, "_told", set())
    user = make_user(email="olga@example.com", encrypted_phone=PHONE)
    user.set_password(PASSWORD)
    user.save()
    return user


def stored(user: User) -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT encrypted_phone, phone_index FROM users WHERE id = %s", [user.pk])
        return cursor.fetchone()


def sign_in() -> tuple[Client, Any]:
    client = Client()
    form = {"login": "olga@example.com", "password": PASSWORD}
    return client, client.post(reverse("account_login"), form)


def test_people_come_in_and_nothing_is_lost_when_they_save(
    olga: User, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    before, right = stored(olga), settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = WRONG

    client, _answer = sign_in()
    page = client.get(reverse("accounts:profile"))
    client.post(reverse("accounts:profile"), {"name": "Olga O.", "phone": ""})
    found = User.objects.get(pk=olga.pk)
    found.save()

    assert (page.status_code, found.name) == (200, "Olga O.")
    assert isinstance(found.encrypted_phone, Unreadable)
    assert found.encrypted_phone == ""
    assert stored(olga) == before
    said = [record.getMessage() for record in caplog.records if "doctor" in record.getMessage()]
    assert said == [
        "A value of users.encrypted_phone was changed or moved, or key 'test' is not the one it "
        "was written under. `manage.py doctor` says what to do."
    ]
    settings.ENCRYPTION_KEYS = right
    assert User.objects.get(pk=olga.pk).encrypted_phone == PHONE


def test_a_value_that_was_lost_can_be_entered_anew(olga: User, settings: Any) -> None:
    settings.ENCRYPTION_KEYS = WRONG
    client, _answer = sign_in()

    client.post(reverse("accounts:profile"), {"name": "Olga", "phone": "+447700900654"})

    assert User.objects.get(pk=olga.pk).encrypted_phone == "+447700900654"
    assert list(User.objects.get_queryset().by_phone("+447700900654")) == [olga]


def test_a_second_factor_that_cannot_be_checked_is_said(olga: User, settings: Any) -> None:
    Authenticator.objects.create(user=olga, type="totp", data={"secret": encrypt("JBSWY3DP")})
    settings.ENCRYPTION_KEYS = WRONG
    client, _answer = sign_in()

    answer = client.post(reverse("mfa_authenticate"), {"code": "123456"})

    assert "Your second factor cannot be checked" in answer.content.decode()
    assert client.get(reverse("accounts:profile")).status_code == 302


def test_whatsapps_events_are_put_off_until_the_key_is_back(
    number: WahaSession, settings: Any
) -> None:
    raw = json.dumps({"event": "message"}).encode()
    headers = {
        "X-Webhook-Hmac": sign(configured.WAHA_HMAC_KEY, raw),
        "X-Webhook-Hmac-Algorithm": "sha512",
    }
    url = f"/waha/webhook/{number.name}/"
    settings.ENCRYPTION_KEYS = WRONG
    doors.forget()

    answer = Client().post(url, raw, content_type="application/json", headers=headers)

    assert answer.status_code == 503
    assert "manage.py doctor" in answer.content.decode()


def test_doctor_says_it_in_a_sentence_and_what_to_do(olga: User, settings: Any) -> None:
    settings.ENCRYPTION_KEYS = WRONG
    out = StringIO()

    with pytest.raises(CommandError):
        call_command("doctor", stdout=out)

    assert "encrypted values cannot be read: ENCRYPTION_KEYS lacks test" in out.getvalue()
    assert "from your backup of .env" in " ".join(out.getvalue().split())
