"""A number's life in a browser: made, paired, used, cut off on the phone, and paired again."""

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from tests.e2e.inbox import Inbox
from tests.factories import make_user
from waha.gateway.simulator import Simulator
from waha.models import WahaServer

PHONE, CUSTOMER = "447700900555", "447700900123@c.us"


@pytest.fixture
def waha(site: str, server: WahaServer) -> Iterator[Simulator]:
    """An empty WAHA, slow enough that its QR codes live for half a minute."""
    with Simulator(api_key=settings.WAHA_API_KEY, sessions=(), speed=5) as simulator:
        server.url = simulator.url
        server.save(update_fields=["url"])
        yield simulator


def scan(waha: Simulator) -> None:
    waha.scan("front-desk", phone=PHONE, push_name="Front Desk")


def expect_state(page: Page, words: str) -> None:
    """The panel renews itself every four seconds."""
    expect(page.locator("#number-state h2").first).to_have_text(words)


def expect_qr(page: Page) -> None:
    """The code is shown, and it is a picture."""
    code = page.locator("img.qr-code")
    expect(code).to_be_visible()
    assert code.evaluate("async (image) => { await image.decode(); return image.naturalWidth }")


def test_number_is_connected_used_cut_and_mended(
    waha: Simulator, sign_in: Callable[..., Page], assert_accessible: Callable[..., None]
) -> None:
    page = sign_in(make_user(role="Manager"), "/sessions/")
    page.get_by_role("link", name="Connect a number").first.click()
    page.get_by_label("Title").fill("Front desk")
    page.get_by_role("button", name="Connect and show the QR code").click()

    # Pairing: the code shows by itself, the road is tested, the phone scans.
    expect_state(page, "Waiting for the QR code")
    expect_qr(page)
    assert_accessible(page)
    page.get_by_role("button", name="Test the connection").click()
    expect(page.get_by_text("works. WAHA's last event came")).to_be_visible()
    scan(waha)
    expect_state(page, "Working")
    expect(page.locator("#number-state")).to_contain_text("+44 7700 900555")

    # Using it: a customer writes and is answered.
    waha.say(CUSTOMER, "Is anybody there?", session="front-desk", name="Carla")
    page.get_by_role("link", name="Its chats").click()
    inbox = Inbox(page)
    inbox.open("Carla")
    expect(inbox.bubble("Is anybody there?")).to_be_visible()
    inbox.reply("Yes, how can I help?")
    expect(inbox.tick("Yes, how can", "read")).to_be_visible()
    assert waha.accepted == [(CUSTOMER, "Yes, how can I help?")]

    # Somebody removes it on the phone; the page says what to do, and a new scan mends it.
    waha.set_session("front-desk", loggedOut=True)
    page.goto("/sessions/")
    page.get_by_role("link", name="Front desk").first.click()
    expect_state(page, "Failed")
    expect(page.get_by_text("somebody removed this device on the phone")).to_be_visible()
    page.get_by_role("button", name="Pair it again").click()
    expect_qr(page)
    scan(waha)
    expect_state(page, "Working")
    waha.say(CUSTOMER, "Are you back?", session="front-desk", name="Carla")
    page.get_by_role("link", name="Its chats").click()
    inbox.open("Carla")
    expect(inbox.bubble("Are you back?")).to_be_visible()
    expect(inbox.bubble("Is anybody there?")).to_have_count(1)
