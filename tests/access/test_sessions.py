"""A stolen or planted cookie is worth nothing, and what is kept outside is JSON."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User, new_remember_token
from mercury import broker
from mercury.celery import app
from tests.factories import make_user
from tests.house.test_production import manage

PASSWORD = "correct horse battery"


def sign_in(client: Client, user: User, password: str = PASSWORD) -> int:
    data = {"login": user.email, "password": password}
    return client.post("/accounts/login/", data).status_code


def is_signed_in(client: Client) -> bool:
    return client.get("/inbox/").status_code == 200


def thief_of(client: Client) -> Client:
    """Another browser with the same cookie."""
    thief = Client()
    name = settings.SESSION_COOKIE_NAME
    thief.cookies[name] = client.cookies[name].value
    return thief


@pytest.mark.django_db
def test_a_cookie_planted_before_signing_in_is_useless_after() -> None:
    user, victim = make_user(password=PASSWORD), Client()
    session = victim.session
    session["planted"] = True
    session.save()
    victim.cookies[settings.SESSION_COOKIE_NAME] = str(session.session_key)
    thief = thief_of(victim)

    assert sign_in(victim, user) == 302

    assert is_signed_in(victim)
    assert not is_signed_in(thief)


def sign_out(client: Client, user: User) -> None:
    client.post("/accounts/logout/")


def change_password(client: Client, user: User) -> None:
    new = "another horse battery"
    data = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert client.post("/accounts/password/change/", data).status_code == 302


def deactivate(client: Client, user: User) -> None:
    User.objects.get_queryset().filter(pk=user.pk).update(is_active=False)


def change_remember_token(client: Client, user: User) -> None:
    User.objects.get_queryset().filter(pk=user.pk).update(remember_token=new_remember_token())


@pytest.mark.django_db
@pytest.mark.parametrize("end", [sign_out, change_password, deactivate, change_remember_token])
def test_a_stolen_cookie_ends_with(end: Callable[[Client, User], None]) -> None:
    user, client = make_user(password=PASSWORD), Client()
    sign_in(client, user)
    thief = thief_of(client)
    assert is_signed_in(thief)

    end(client, user)

    # A changed password keeps the browser it is changed in, by a cookie of its own.
    assert not is_signed_in(thief)


@pytest.mark.django_db
@pytest.mark.slow
def test_few_of_many_guesses_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    user, looked_at = make_user(password=PASSWORD), []
    check = User.check_password

    def look(self: User, raw: str) -> bool:
        looked_at.append(raw)
        return bool(check(self, raw))

    monkeypatch.setattr(User, "check_password", look)

    for number in range(200):
        # Whatever a browser says of proxies: we trust none.
        spoofed = {"X-Forwarded-For": f"198.51.100.{number}", "X-Real-IP": f"198.51.100.{number}"}
        Client(headers=spoofed).post(
            "/accounts/login/", {"login": user.email, "password": f"guess {number}"}
        )

    assert 1 <= len(looked_at) <= 10


def test_nothing_outside_is_unpickled() -> None:
    cache = broker.caches("redis://127.0.0.1:1/0")["default"]["OPTIONS"]

    assert cache["SERIALIZER"] == "django_redis.serializers.json.JSONSerializer"
    assert settings.SESSION_SERIALIZER.endswith(".JSONSerializer")
    assert (app.conf.accept_content, app.conf.task_serializer) == (["json"], "json")
    assert app.conf.result_serializer == "json"


@pytest.mark.slow
def test_under_https_cookies_and_transport_are_strict(tmp_path: Path) -> None:
    wanted = {
        "SESSION_COOKIE_NAME": "__Host-session",
        "CSRF_COOKIE_NAME": "__Host-csrf",
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_DOMAIN": None,
        "SESSION_COOKIE_PATH": "/",
        "CSRF_COOKIE_DOMAIN": None,
        "SECURE_SSL_REDIRECT": True,
        "SECURE_HSTS_SECONDS": 31_536_000,
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
    }
    code = (
        "from django.conf import settings; from django.test import Client; "
        "https = {'Host': 'crm.example.com', 'X-Forwarded-Proto': 'https'}; "
        "secure = Client().get('/livez', headers=https); "
        "plain = Client().get('/inbox/', headers={'Host': 'crm.example.com'}); "
        f"print({{name: getattr(settings, name) for name in {list(wanted)}}}, "
        "secure['Strict-Transport-Security'], plain.status_code, plain['Location'], sep='|')"
    )

    done = manage(tmp_path, "shell", "-v", "0", "-c", code)

    assert done.returncode == 0, done.stderr
    found, transport, status, location = done.stdout.strip().splitlines()[-1].split("|")
    assert found == str(wanted)
    assert transport == "max-age=31536000; includeSubDomains; preload"
    assert (status, location) == ("301", "https://crm.example.com/inbox/")
