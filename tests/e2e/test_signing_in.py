"""Signing in and out, as a person does it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.fixtures.personas import PASSWORD


def test_sign_in_by_form_leads_to_the_inbox(page: Page, site: str, users: dict[str, User]) -> None:
    page.goto("/")
    page.get_by_label("Email", exact=True).fill(users["olga"].email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()

    expect(page).to_have_url(re.compile(r"/inbox/$"))


def test_sign_in_with_a_wrong_password_says_so(
    page: Page, site: str, users: dict[str, User]
) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email", exact=True).fill(users["olga"].email)
    page.get_by_label("Password", exact=True).fill("not her password")
    page.get_by_role("button", name="Sign in", exact=True).click()

    expect(page.get_by_text("not correct")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/accounts/login/"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_sign_in_page_is_accessible(
    page: Page, site: str, assert_accessible: Callable[..., None], scheme: str
) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto("/accounts/login/")

    assert_accessible(page)
