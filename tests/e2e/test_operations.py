"""The pages of operations in a browser: readable by everybody, on every screen."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from mercury.ops.models import HealthSample, SlowQuery
from mercury.ops.monitoring import sizes
from tests.factories import make_chat, make_message, make_session, make_user

PHONE = pytest.mark.browser_context_args(viewport={"width": 390, "height": 844}, is_mobile=True)
NAMES = ("", "statements/", "indexes/", "sizes/", "reports/")


def fill() -> None:
    """Something for each page to show."""
    owner_chat = make_chat(session=make_session())
    make_message(owner_chat, "Good morning")
    for minutes in range(0, 600, 30):
        HealthSample.objects.create(
            at=timezone.now() - timedelta(minutes=minutes),
            state="broken" if minutes == 60 else "ok",
            figures={"query_performance.milliseconds": minutes},
        )
    SlowQuery.objects.create(digest="d", statement="SELECT a FROM b WHERE c = %s " * 6, count=3)
    sizes.measure()


@pytest.mark.parametrize(
    "scheme", ["light", "dark", pytest.param("light", marks=PHONE, id="phone")]
)
def test_pages_of_operations_are_accessible(
    sign_in: Callable[..., Page], assert_accessible: Callable[..., None], scheme: str
) -> None:
    fill()
    page = sign_in(make_user(role="Admin", is_staff=True), "/ops/")
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")

    for name in NAMES:
        page.goto(f"/ops/{name}")
        expect(page.locator(".ops-tabs [aria-current]")).to_have_count(1)
        for fold in page.locator("details.ops-fold > summary").all():
            fold.click()
        assert_accessible(page)
        assert not page.evaluate(
            "(() => { const main = document.querySelector('.shell-main');"
            " return main.scrollWidth > main.clientWidth; })()"
        ), name


def test_the_overview_renews_itself_and_leaves_open_folds_alone(
    sign_in: Callable[..., Page],
) -> None:
    fill()
    page = sign_in(make_user(role="Admin", is_staff=True), "/ops/")
    page.get_by_text("Every number behind the words above").click()
    figures = page.get_by_text("connection.milliseconds")
    expect(figures).to_be_visible()

    # As it does by itself every 15 seconds.
    with page.expect_response(re.compile(r"/ops/$")):
        page.evaluate("htmx.ajax('GET', '/ops/', {target: '#ops-checks', swap: 'innerHTML'})")

    expect(page.locator("#ops-checks h3")).to_have_count(16)
    expect(figures).to_be_visible()
