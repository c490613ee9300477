"""One's own account in a browser: passkeys, an authenticator app, and how the pages look."""

import re
import time
from collections.abc import Callable

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.fixtures.personas import PASSWORD


def sign_in_by_form(page: Page, user: User, base: str) -> None:
    page.goto(f"{base}/accounts/login/?next=/accounts/profile/")
    page.get_by_label("Email", exact=True).fill(user.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def prove(page: Page) -> None:
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()


def add_authenticator(page: Page) -> None:
    """A security key in Chromium's own hand."""
    client = page.context.new_cdp_session(page)
    client.send("WebAuthn.enable")
    client.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


def test_a_passkey_is_added_and_signs_in_alone(
    page: Page, site: str, users: dict[str, User]
) -> None:
    # A passkey belongs to a name: browsers refuse bare addresses.
    base = site.replace("127.0.0.1", "localhost")
    add_authenticator(page)
    sign_in_by_form(page, users["olga"], base)

    page.goto(f"{base}/accounts/2fa/webauthn/add/")
    prove(page)
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.context.clear_cookies()
    page.goto(f"{base}/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page).to_have_url(re.compile(r"/inbox/$"))


def test_an_app_is_set_up_and_asked_for(page: Page, site: str, users: dict[str, User]) -> None:
    sign_in_by_form(page, users["olga"], site)
    page.get_by_role("link", name="Set up").click()
    page.get_by_role("link", name="Set up an app").click()
    prove(page)
    secret = page.locator(".secret-text").inner_text()

    def code(later: int = 0) -> str:
        return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + later)))

    page.get_by_label("Authenticator code").fill(code())
    page.get_by_role("button", name="Switch it on").click()
    spare = page.locator(".recovery-codes li").first.inner_text()
    page.context.clear_cookies()
    sign_in_by_form(page, users["olga"], site)
    page.get_by_label("Code").fill(spare)
    page.get_by_role("button", name="Sign in", exact=True).click()

    expect(page.get_by_role("heading", name="Your account")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_account_pages_are_accessible(
    page: Page,
    site: str,
    users: dict[str, User],
    assert_accessible: Callable[..., None],
    scheme: str,
) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    sign_in_by_form(page, users["olga"], site)
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    assert_accessible(page)

    for address in ("/accounts/2fa/", "/accounts/password/change/"):
        page.goto(address)
        assert_accessible(page)
