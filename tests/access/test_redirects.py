"""Nobody is led away from here: by `next=`, by a Host header, by a mail."""

import itertools
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from tests.factories import make_user

pytestmark = [pytest.mark.django_db]
PASSWORD = "correct horse battery"

EVIL = ["evil.example", "evil.example/inbox/", "testserver@evil.example", "evil.example#testserver"]
PREFIXES = [
    "http://", "https://", "//", "///", "////", "\\\\", "/\\", "\\/", "http:///", "http:",
    "https:\\\\", " //", "\t//", "\n//", "/\t/", "%2F%2F", "ftp://", "//%00", "http:\\/", "HTTPS://",
]  # fmt: skip
NEXTS = [prefix + host for prefix, host in itertools.product(PREFIXES, EVIL)] + [
    "javascript:alert(1)", "data:text/html,x", "JaVaScRiPt:alert(1)", "//testserver.evil.example",
]  # fmt: skip


def leads_away(location: str) -> bool:
    """As browsers read it: backslashes are slashes, blanks and control characters are nothing."""
    plain = "".join(char for char in location if char > " ").replace("\\", "/")
    parts = urlsplit(plain)
    scheme_is_odd = parts.scheme not in {"", "http", "https"}
    return plain.startswith("//") or parts.netloc not in {"", "testserver"} or scheme_is_odd


def test_there_are_eighty_of_them() -> None:
    assert len(NEXTS) >= 80


@pytest.mark.slow
@pytest.mark.core
@pytest.mark.parametrize("page", ["/accounts/login/", "/accounts/logout/", "/admin/login/"])
def test_next_leads_nowhere_else(page: str) -> None:
    user = make_user(password=PASSWORD, is_staff=True)

    away = []
    for target in NEXTS:
        client = Client()
        client.force_login(user, backend="accounts.backends.RoleBackend")
        for method in ("get", "post"):
            ask: Any = getattr(client, method)
            response = ask(page, {"next": target})
            if leads_away(response.get("Location", "")):
                away.append(f"{method} {page} {target!r}: {response['Location']}")

    assert away == []


@pytest.mark.slow
def test_signing_in_leads_nowhere_else() -> None:
    user = make_user(password=PASSWORD)

    away = []
    for index, target in enumerate(NEXTS):
        where = f"192.0.2.{index}"
        data = {"login": user.email, "password": PASSWORD, "next": target}
        response = Client(REMOTE_ADDR=where).post("/accounts/login/", data)
        assert response.status_code == 302
        if leads_away(response["Location"]):
            away.append(f"{target!r}: {response['Location']}")

    assert away == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"X-Forwarded-Host": "evil.example"},
        {"Forwarded": "host=evil.example"},
        {"X-Original-Host": "evil.example"},
    ],
    ids=lambda headers: next(iter(headers)),
)
def test_mails_lead_here_whatever_the_request_says(
    headers: dict[str, str], mailoutbox: list[Any]
) -> None:
    user = make_user(password=PASSWORD)

    response = Client().post("/accounts/password/reset/", {"email": user.email}, headers=headers)

    assert response.status_code == (400 if "Host" in headers else 302)
    assert len(mailoutbox) == (0 if "Host" in headers else 1)
    assert [mail for mail in mailoutbox if "evil.example" in f"{mail.subject} {mail.body}"] == []
