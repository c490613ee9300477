"""The inbox with scripts switched off: plain pages and forms do the same work."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from tests.e2e.inbox import Inbox
from tests.e2e.test_files import PAPER
from tests.e2e.test_reading import fill
from tests.fixtures.personas import PASSWORD
from waha.gateway.simulator import Simulator
from waha.models import WahaChat


def sign_in(page: Page, user: User) -> None:
    page.goto("/")
    page.get_by_label("Email", exact=True).fill(user.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_sign_in_read_and_send_by_plain_forms(
    new_context: Callable[..., BrowserContext],
    waha: Simulator,
    chat: WahaChat,
    users: dict[str, User],
    var_dir: Any,
) -> None:
    fill(chat, 60)
    page = new_context(java_script_enabled=False).new_page()
    olga = Inbox(page)
    sign_in(page, users["olga"])
    expect(olga.badge("Carla")).to_have_text("40")

    olga.open("Carla")
    page.get_by_role("button", name="Mark read").click()
    expect(olga.badge("Carla")).to_have_count(0)
    olga.composer.fill("Without any script")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(olga.bubble("Without any script")).to_have_count(1)
    page.locator("#composer-input").set_input_files([PAPER])
    page.get_by_role("button", name="Send", exact=True).click()
    expect(olga.bubble("price list.pdf")).to_have_count(1)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#composer-errors")).to_contain_text("Write something")

    page.get_by_role("link", name="Older messages").click()
    expect(olga.bubble("Message 000")).to_be_visible()
    page.get_by_role("link", name="Back to the newest messages").click()
    expect(olga.bubble("Without any script")).to_be_visible()
    page.get_by_role("button", name="Mark unread").click()
    expect(page).to_have_url(re.compile(r"/inbox/$"))
    expect(olga.badge("Carla")).to_be_visible()
    # A number keeps a pace: the second one takes its turn.
    for _tenth in range(200):
        if len(waha.sends) == 2:
            break
        page.wait_for_timeout(100)
    assert waha.settle()
    assert [(send.kind, send.text) for send in waha.sends] == [
        ("text", "Without any script"),
        ("document", ""),
    ]


def test_phone_has_room_to_write_and_its_button_in_sight(
    new_context: Callable[..., BrowserContext], chat: WahaChat, users: dict[str, User]
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, users["olga"])

    page.goto(chat.get_absolute_url())

    box = page.locator("#composer-text").bounding_box()
    assert box is not None
    assert box["width"] > 300
    expect(page.locator("#composer-send")).to_be_in_viewport(ratio=1)
