"""Safe by default, on every address: sign-in, CSRF, reading without writing, headers."""

import re
from typing import Any

import pytest
from django.test import Client

from tests.access.addresses import path_of, walk
from tests.access.browsing import answer, ask
from tests.access.crawl import known
from tests.access.office import ANONYMOUS, Office
from tests.access.table import TABLE
from waha.inbox import pages

pytestmark = pytest.mark.slow

# What anybody may ask for; a name more is a door more.
PUBLIC = {
    "accounts:invitation", "inbound:webhook", "livez", "readyz",
    "metrics",  # 401: it asks for a token, which a sign-in page cannot give
    "account_login", "account_signup", "account_inactive", "account_confirm_email",
    "account_email_verification_sent", "account_reset_password", "account_reset_password_done",
    "account_reset_password_from_key", "account_reset_password_from_key_done",
}  # fmt: skip
CSRF_EXEMPT = {"inbound:webhook"}
# Sessions are touched by signing in and by messages to the user, not by what they look at.
WRITE = re.compile(
    r"^\s*(?:INSERT|UPDATE|DELETE|REPLACE)\W+(?:INTO |FROM )?\W?(\w+)", re.IGNORECASE
)
SESSIONS = {"browser_sessions"}
READERS = ("manager", "superuser")


def paths(office: Office) -> list[tuple[str, str]]:
    """Every address with its first arguments."""
    # The matrix says which address has no row.
    named = set(walk()) & set(TABLE)
    return [(name, path_of(name, TABLE[name].subject(office)[0].args)) for name in sorted(named)]


def test_everything_else_asks_to_sign_in(office: Office, db: None) -> None:
    open_to_all = {
        name
        for name, path in paths(office)
        if "login" not in answer(ask(office, ANONYMOUS, "GET", path))
    }

    assert open_to_all == PUBLIC


def test_every_post_without_its_token_is_refused(office: Office, db: None) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(office.people["owner"], backend="accounts.backends.RoleBackend")

    taken = {name for name, path in paths(office) if client.post(path).status_code != 403}

    assert taken == CSRF_EXEMPT


@pytest.mark.once
def test_looking_writes_nothing(office: Office, db: None) -> None:
    asked = [("GET", reader, url) for reader in READERS for url in known(office)]
    asked += [("HEAD", "superuser", path) for _name, path in paths(office)]

    written = {
        f"{method} {url.split('?')[0]} as {reader} writes {match[1]}"
        for method, reader, url in asked
        for statement in ask(office, reader, method, url).statements
        if (match := WRITE.match(statement))
        and match[1] not in SESSIONS
        # That a file was fetched is on record.
        and not (url.startswith("/files/") and match[1] == "audit_logs")
    }

    assert sorted(written) == []


def lacking(response: Any, *, private: bool) -> list[str]:
    """The headers an answer ought to have and has not."""
    policy = response.get("Content-Security-Policy", "")
    wanted = {
        "a policy": "default-src" in policy,
        "a strict policy": "unsafe" not in policy and "*" not in policy,
        "frames refused": "frame-ancestors 'none'" in policy or "sandbox" in policy,
        "nosniff": response.get("X-Content-Type-Options") == "nosniff",
        "X-Frame-Options": response.get("X-Frame-Options") == "DENY",
        "Referrer-Policy": response.get("Referrer-Policy") == "same-origin",
        "Cross-Origin-Opener-Policy": response.get("Cross-Origin-Opener-Policy") == "same-origin",
        "no-store": not private or "no-store" in response.get("Cache-Control", ""),
    }
    return [name for name, holds in wanted.items() if not holds]


@pytest.mark.once
def test_every_answer_has_its_headers(office: Office, db: None) -> None:
    missing, statuses = [], set()
    for actor in (ANONYMOUS, *READERS):
        for name, path in paths(office):
            # The browser keeps small pictures, and asks each time whether it may show them.
            private = actor != ANONYMOUS and name != "attachments:thumbnail"
            for method in ("GET", "POST"):
                response = ask(office, actor, method, path)
                statuses.add(response.status_code)
                if lacks := lacking(response, private=private):
                    missing.append(f"{method} {name} as {actor} ({response.status_code}): {lacks}")

    assert "\n".join(missing) == ""
    assert {200, 302, 403, 404, 405} <= statuses


def test_refusals_and_crashes_have_their_headers(
    office: Office, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = office.browser("member_a")
    strict = Client(enforce_csrf_checks=True)
    monkeypatch.setattr(pages, "list_page", lambda *_: 1 / 0)

    answers = {
        400: client.get("/inbox/", headers={"Host": "evil.example"}),
        403: strict.post("/accounts/login/"),
        404: client.get("/nowhere/"),
        500: client.get("/inbox/"),
    }

    assert {status: each.status_code for status, each in answers.items()} == {
        status: status for status in answers
    }
    # A wrong Host is refused by the outermost middleware; nothing private can be in that page.
    outermost = {400: ["X-Frame-Options", "no-store"]}
    assert {status: lacking(each, private=True) for status, each in answers.items()} == {
        status: outermost.get(status, []) for status in answers
    }
